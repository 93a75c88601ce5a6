"""One session's report as one self-contained HTML page."""

from __future__ import annotations

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.phrase import say
from granite_ws.report.sections import ALL, style, templates
from granite_ws.session import Session

TITLE = say("Did the WebSocket hold while the model predicted?")


def render_report(session: Session, verdict: Verdict) -> str:
    """The whole page as text: no script, no request, the same bytes for the same input."""
    page = templates().get_template("page.html.j2")
    sections = [answer(session, verdict) for answer in ALL]
    return page.render(title=TITLE, style=style(), sections=sections) + "\n"

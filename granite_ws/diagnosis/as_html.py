"""A verdict in a notebook's cell: the sentence, the causes, the drops."""

from __future__ import annotations

from html import escape

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.timeline import Connection, Timeline


def causes_as_html(findings: tuple[Finding, ...]) -> str:
    """Each supported cause with its claim and its remedy."""
    items = [
        f"<li><b>{escape(f.cause)}</b> ({escape(f.code)}): {escape(f.claim)}"
        f"<br><i>What helps:</i> {escape(f.remedy)}</li>"
        for f in findings
        if f.truth is Truth.SUPPORTED
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def drops_as_html(drops: tuple[tuple[Connection, str], ...], timeline: Timeline) -> str:
    """A row for each lost connection with its cause, and what both sides said."""
    if not drops:
        return ""
    rows = "".join(
        "<tr>"
        f"<td>{timeline.seconds(connection.lost_ns or timeline.ended_ns):.1f} s</td>"
        f"<td>{connection.client} ({escape(connection.client_kind)})</td>"
        f"<td>{escape(cause)}</td>"
        f"<td>{escape(connection.client_log or connection.client_reason or 'nothing')}</td>"
        f"<td>{escape(connection.server_reason or 'nothing')}</td>"
        "</tr>"
        for connection, cause in drops
    )
    head = "".join(
        f"<th>{word}</th>" for word in ("at", "client", "cause", "client says", "server says")
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

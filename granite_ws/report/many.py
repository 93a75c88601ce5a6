"""The page around sections that speak of many sessions: offline, with at most one script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from jinja2 import PackageLoader
from markupsafe import Markup

from granite_ws.report.sections import Section, style, templates

_SOURCES = PackageLoader("granite_ws.report")


def whole_page(
    title: str, sections: Sequence[Section], *, wide: bool = False, with_script: bool = False
) -> str:
    """The whole page as text. It asks nothing from outside; of scripts only ours may run, since
    the page's own policy names its hash.
    """
    source = script() if with_script else Markup("")
    return (
        templates()
        .get_template("many.html.j2")
        .render(
            title=title,
            style=style(),
            own_style=_text("many.css"),
            sections=sections,
            wide=wide,
            script=source,
            digest=hash_of(source) if with_script else "",
        )
        + "\n"
    )


def script() -> Markup:
    """What sorts and filters: our own text, so it needs no escaping."""
    return _text("overview.js")


def hash_of(source: str) -> str:
    """The script's hash as a Content-Security-Policy names it."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _text(name: str) -> Markup:
    text, _, _ = _SOURCES.get_source(templates(), name)
    return Markup(text)  # noqa: S704

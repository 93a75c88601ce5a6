"""A section: one answer as HTML, as plain words, and where asked as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from granite_ws.report import figures
from granite_ws.report.environment import style, templates
from granite_ws.report.language import translated
from granite_ws.timeline import Timeline

WIDE_IN, NARROW_IN = 10.0, 4.4


@dataclass(frozen=True)
class Section:
    """One answer, as HTML (already escaped) and as plain words for a terminal.

    data: strict JSON by MIME type, for whoever reads an executed notebook.
    """

    name: str
    question: str
    html: Markup
    words: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, Any]:
        """What a cell's output carries beside the HTML and the plain words."""
        return dict(self.data)

    def _repr_html_(self) -> str:
        """In JupyterLab: the section with its own style, since the page's is not there."""
        return f'<div class="gws">{style_of_a_cell()}{self.html}</div>'

    def __repr__(self) -> str:
        """The plain words: what a notebook keeps beside the HTML."""
        return self.words


def style_of_a_cell() -> Markup:
    """The style that a cell's output brings along, which a page of many needs but once."""
    return Markup("<style>{}</style>").format(style())


def section(
    name: str, question: str, words: str, macro: str, *values: Any, **more: Any
) -> Section:
    """A section that this macro of the templates draws from these values."""
    module = templates().get_template("sections.html.j2").make_module(more)
    return Section(
        name,
        question,
        Markup('<div class="gws">{}</div>').format(getattr(module, macro)(*values)),
        str(words),
    )


def picture(
    name: str,
    question: str,
    draw: figures.Draw,
    timeline: Timeline,
    *,
    alt: str,
    caption: str,
) -> Section:
    """A section that shows one drawing of a session, for desks and for phones."""
    # matplotlib escapes the texts that it writes into an SVG.
    wide, narrow = (
        Markup(figures.to_svg(draw, timeline, width))  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    return section(name, question, alt, "picture", wide, narrow, translated(alt), caption)

"""SVG text: themed, with ids of its own."""

from __future__ import annotations

import re

from matplotlib.figure import Figure

from granite_ws import render_report
from granite_ws.report import svg
from granite_ws.report.environment import style
from granite_ws.report.language import speaking
from tests.report.session_builder import dropped, held


def drawn(colour: str = svg.BLUE) -> str:
    def draw() -> Figure:
        figure = Figure(figsize=(3, 2))
        axes = figure.add_subplot()
        axes.plot([0, 1500], [0, 0.25], "o", color=colour)
        svg.local_ticks(axes.xaxis, 3)
        svg.local_ticks(axes.yaxis, 3)
        return figure

    return svg.svg_of(draw)


def test_colours_are_variables_with_themselves_as_fallback() -> None:
    """A page may change them; a file of its own looks as drawn."""
    assert f"var(--gws-blue, {svg.BLUE})" in drawn()
    assert "fill: #123456" in drawn("#123456")
    assert "var(--gws-canvas, #ffffff)" in drawn()


def test_a_file_has_its_own_colours() -> None:
    """Programs that know no variables draw it as it was drawn: on white."""
    kept = svg.as_file(drawn(svg.RED))
    assert "var(" not in kept
    assert (svg.RED in kept, svg.CANVAS in kept) == (True, True)


def test_every_colour_of_the_palette_is_set_by_the_style_sheet() -> None:
    """Each variable that a drawing names is one that the page knows."""
    pages = [render_report(*make()) for make in (held, dropped)]
    named = set(re.findall(r"var\((--gws-\w+),", "".join([drawn(svg.PAPER), *pages])))
    assert len(named) > 5
    assert named <= set(re.findall(r"(--gws-\w+):", style()))


def test_two_drawings_share_no_id() -> None:
    """Where one is hidden its clip paths are void: another must not lean on them."""
    one, other = drawn(), drawn(svg.RED)
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (one, other)]
    assert ids[0]
    assert set() == ids[0] & ids[1]
    for text, own in zip((one, other), ids, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) == own


def test_ticks_speak_the_language() -> None:
    """1,200 and 0.1 in English, 1.200 and 0,1 in Portuguese."""
    assert re.search(r">1,\d00<", drawn())
    with speaking("pt-BR"):
        assert re.search(r">1\.\d00<", drawn())
        assert re.search(r">0,\d+<", drawn())


def test_an_svg_says_nothing_of_who_drew_it() -> None:
    """No date, no version: they would differ where the picture does not."""
    assert "<metadata>" not in drawn()
    assert "Matplotlib" not in drawn()

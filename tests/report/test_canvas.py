"""A drawing by hand."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from granite_ws.report.canvas import Canvas


def test_words_are_escaped_and_kept_inside() -> None:
    """A long word at the edge is moved in; markup in it is text."""
    canvas = Canvas(200.0, 50.0, span=10.0, left=20.0)
    canvas.text(10.0, 20.0, "<b>at the edge</b>", "ink")
    drawn = ET.fromstring(canvas.svg("<i>"))
    words = next(iter(drawn))
    assert ("<i>", "<b>at the edge</b>") == (drawn.attrib["aria-label"], words.text)
    assert float(words.attrib["x"]) < 140


def test_ticks_are_few_and_round() -> None:
    """Four to ten of them for any span."""
    for span in (0.7, 3.3, 60.0, 157.0, 2000.0):
        canvas = Canvas(700.0, 50.0, span=span, left=20.0)
        canvas.ticks(40.0)
        assert 4 <= len(list(ET.fromstring(canvas.svg("x")))) <= 11

"""The pictures."""

from __future__ import annotations

import warnings

import pytest

from granite_ws.report import figures
from tests.report.session_builder import dropped, half_an_hour, held, session, weekly

DRAWINGS = (figures.draw_timeline, figures.draw_forecasts, figures.draw_distributions)
BY_NAME = pytest.mark.parametrize("draw", DRAWINGS, ids=lambda draw: draw.__name__)


@BY_NAME
@pytest.mark.parametrize("width", [4.4, 10.0])
def test_the_same_timeline_gives_the_same_bytes(draw: figures.Draw, width: float) -> None:
    """No date, no random id: a report can be compared byte by byte."""
    timeline = held()[1].timeline
    first, second = (figures.to_svg(draw, timeline, width) for _ in range(2))
    assert first == second
    assert first.startswith("<svg")


@BY_NAME
def test_a_picture_brings_no_reference_to_the_outside(draw: figures.Draw) -> None:
    """Names of XML dialects are there, links to load are not."""
    svg = figures.to_svg(draw, dropped()[1].timeline, 10)
    assert "<script" not in svg
    assert 'xlink:href="http' not in svg
    assert "<!DOCTYPE" not in svg


@BY_NAME
def test_an_empty_timeline_can_be_drawn(draw: figures.Draw) -> None:
    """Nothing recorded is a picture that says so, not a crash."""
    assert "<svg" in figures.to_svg(draw, session()[1].timeline, 10)


@BY_NAME
@pytest.mark.parametrize("make", [held, dropped, half_an_hour, weekly])
def test_drawing_is_quiet(draw: figures.Draw, make: object) -> None:
    """Neither matplotlib nor pandas has anything to warn of."""
    timeline = make()[1].timeline
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for width in (4.4, 10.0):
            figures.to_svg(draw, timeline, width)


def test_a_drop_stands_in_the_timeline() -> None:
    """The word is in the picture, once for each drop; a session that held has none."""
    assert 1 == figures.to_svg(figures.draw_timeline, dropped()[1].timeline, 10).count(">drop<")
    assert ">drop<" not in figures.to_svg(figures.draw_timeline, held()[1].timeline, 10)

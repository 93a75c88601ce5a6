"""Lanes: few marks are marks, many are a skyline."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from granite_ws.report.lanes import add_lanes
from granite_ws.timeline import Timeline
from tests.report.session_builder import half_an_hour, held, session

WIDTH_IN = 10.0


def axes_of(timeline: Timeline) -> tuple[list[str], Figure]:
    figure = Figure(figsize=(WIDTH_IN, 4))
    labels = add_lanes(figure.add_subplot(), timeline, width_in=WIDTH_IN)
    return labels, figure


def test_the_server_is_below_the_client() -> None:
    """Labels from the bottom up; every lane is there also where nothing was seen."""
    for made in (held(), session()):
        labels, _figure = axes_of(made[1].timeline)
        assert 9 == len(labels)
        assert ["server", "client"] == [labels[0].split(":")[0], labels[-1].split(":")[0]]


def test_few_pings_are_a_mark_each() -> None:
    """Nine rounds in ten seconds: nine marks out, nine back."""
    _labels, figure = axes_of(held()[1].timeline)
    shapes = [line for line in figure.axes[0].lines if line.get_marker() in ("v", "^")]
    assert [9, 9, 9] == [len(line.get_xdata()) for line in shapes]
    assert [] == [p for p in figure.axes[0].patches if p.__class__.__name__ == "StepPatch"]


@pytest.fixture(scope="module")
def crowded() -> Figure:
    return axes_of(half_an_hour()[1].timeline)[1]


def test_many_marks_become_a_skyline_that_stays_in_its_lane(crowded: Figure) -> None:
    """1,800 emits, arrivals and forecasts: one shape each, no mark."""
    skylines = [p for p in crowded.axes[0].patches if p.__class__.__name__ == "StepPatch"]
    assert 3 == len(skylines)
    for one in skylines:
        values, _edges, baseline = one.get_data()
        assert 0 < np.ptp(np.append(values, baseline)) < 0.5


def test_a_gap_in_a_skyline_is_empty(crowded: Figure) -> None:
    """Before the first emit and after the last nothing stands."""
    emits = [p for p in crowded.axes[0].patches if p.__class__.__name__ == "StepPatch"][1]
    values, _edges, baseline = emits.get_data()
    heights = values - baseline
    assert (heights[1:-2] > 0).all()
    assert heights.max() == pytest.approx(0.48)

"""Two timelines on one axis."""

from __future__ import annotations

from functools import partial

from granite_ws.events import Kind
from granite_ws.report.aligned import aligned, draw_aligned
from granite_ws.report.svg import svg_of
from granite_ws.timeline import read_timeline
from tests.log_builder import at, connected, event, forecast, log, lost, quiet


def test_zero_is_where_the_processing_started() -> None:
    """Its own event before the first forecast, else the beginning of the recording."""
    told = log(connected(1), event(3, Kind.PROCESSING_STARTED), forecast(4), lost(9, own=True))
    guessed = log(connected(1), forecast(4), lost(9, own=True))
    nothing = log(connected(1), lost(9, own=True))
    zeros = [aligned(read_timeline(one)).begun_ns for one in (told, guessed, nothing)]
    assert [at(3), at(4), at(1)] == zeros


def test_both_sides_are_drawn_at_both_widths() -> None:
    """A above B with a lost connection in one of them, the same bytes each time."""
    held, dropped = read_timeline(log(quiet())), read_timeline(log(connected(1), lost(5)))
    for width in (4.4, 10.0):
        drawn = [svg_of(partial(draw_aligned, held, dropped, width)) for _ in range(2)]
        assert drawn[0] == drawn[1]
        assert [1, 1, 2] == [drawn[0].count(f">{w}<") for w in ("A", "B", "server: stall")]

"""What a phase map shows, before it is drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granite_ws.heartbeat import Heartbeat, still_bears, tolerance
from granite_ws.matrix.record import Status
from granite_ws.report.phasegrid import Tile, grid, law_of
from tests.report.many_records import record, stalls


def test_a_tile_is_the_share_of_sessions_with_a_drop() -> None:
    """Repeats add up; a cell that died, and one that measured nothing, are no zero."""
    same = {"x": 1, "y": 2}
    records = [record(1, drops=3.0, **same), record(2, **same), record(3, drops=None, **same)]
    records.append(replace(record(4, drops=9.0, **same), status=Status.DIED))
    assert {(1, 2): Tile(0.5, 1, 2, 4)} == grid(records, "x", "y").tiles


def test_another_metric_is_its_median() -> None:
    """10, 20 and 90 give 20; nothing measured gives no number."""
    records = [record(number, x=1, y=1) for number in (1, 2, 9)]
    assert 20.0 == grid(records, "x", "y", "stall_p99_ms").tiles[1, 1].value
    assert None is grid(records, "x", "y", "forecast_p99_ms").tiles[1, 1].value


def test_axes_are_in_order_and_only_what_was_run_has_a_tile() -> None:
    """Numbers by size, words as they came; a record without the parameter is left out."""
    records = [record(1, x=10, y="b"), record(2, x=9.5, y="a"), record(3, x=1)]
    shown = grid(records, "x", "y")
    assert ((9.5, 10), ("b", "a")) == (shown.xs, shown.ys)
    assert {(10, "b"), (9.5, "a")} == set(shown.tiles)


@pytest.mark.parametrize("kinds", ["python", "node", "python,node"])
def test_the_law_is_the_heartbeats(kinds: str) -> None:
    """Its lines are ``tolerance`` and, with the phase known, ``still_bears``: whichever kind of
    client gives up first.
    """
    records = stalls(kinds=kinds)
    shown = grid(records, "ping_timeout", "fault_seconds")
    law = law_of(shown, records, {"fault_at_s": 0.5})
    assert law is not None
    for timeout in (2, 5, 40):
        beat = Heartbeat.configured(1, timeout)
        bounds = [tolerance(kind, beat) for kind in kinds.split(",")]
        assert (min(b[0] for b in bounds), min(b[1] for b in bounds)) == law.lengths(timeout)
        exact = min(still_bears(kind, beat, 0.5)[0] for kind in kinds.split(","))
        assert exact == law.exact(timeout)


def test_the_observed_drops_lie_on_their_side_of_the_line() -> None:
    """What the sessions did at 0.5 s after a PING is what the exact line says."""
    records = stalls(fault_at_s=0.5)
    law = law_of(grid(records, "ping_timeout", "fault_seconds"), records, {})
    assert law is not None
    for one in records:
        timeout, stall = one.parameters["ping_timeout"], one.parameters["fault_seconds"]
        assert bool(one.drops) == (stall > (law.exact(timeout) or 0))


def test_the_interval_may_be_the_axis() -> None:
    """Then the timeout is what all share; a phase beyond the next PING gives no exact line."""
    records = [
        record(n, ping_interval=n, fault_seconds=3, fault="gil_held_native") for n in (1, 5)
    ]
    shown = grid(records, "fault_seconds", "ping_interval")
    law = law_of(shown, records, {"ping_timeout": 2, "client_kinds": "node", "fault_at_s": 2.0})
    assert law is not None
    assert (2, 7) == law.lengths(5)
    assert (None, 5.0) == (law.exact(1), law.exact(5))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"fault": "large_payloads"},
        {"fault": "gil_held_native", "fault_seconds": 0},
        {"client_kinds": "node"},
        {"ping_interval": 2},
    ],
)
def test_there_is_no_law_where_one_cell_does_not_fit(spoilt: dict[str, object]) -> None:
    """A fault that is no stall, one of its own length, another client, another interval."""
    records = stalls()
    records[0] = replace(records[0], parameters={**records[0].parameters, **spoilt})
    assert None is law_of(grid(records, "ping_timeout", "fault_seconds"), records, {})


def test_there_is_no_law_over_other_axes_or_numbers() -> None:
    """Neither for a median, nor where the interval is not known, nor over a horizon."""
    records = stalls()
    other = grid(records, "ping_timeout", "fault_seconds", "stall_p99_ms")
    assert None is law_of(other, records, {})
    assert None is law_of(grid(records, "ping_timeout", "ping_interval"), records, {})
    bare = [record(1, ping_timeout=2, fault_seconds=0)]
    assert None is law_of(grid(bare, "ping_timeout", "fault_seconds"), bare, {})

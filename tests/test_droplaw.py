"""What a trial saw, from small logs, and how far the law is from it."""

from __future__ import annotations

import json

import pytest

from granite_ws.droplaw import Law, Observation, Point, points_of, read_observations
from granite_ws.events import Event, EventLog, Kind, Witness
from tests.log_builder import connected, event, log, lost, ping, server_lost

LAB = {"ping_interval_s": 1.0, "ping_timeout_s": 2.0}


def client(seconds: float, sid: str = "A", number: int = 1, kind: str = "node") -> Event:
    return connected(seconds, sid, number, client_kind=kind, **LAB)


def hold(seconds: float, length_s: float) -> list[Event]:
    """The injector took the interpreter lock, and measured for how long."""
    injector, fault = Witness.INJECTOR, {"fault": "gil_held_native"}
    effect = {"what": "seconds with the GIL held", "amount": length_s}
    end = seconds + length_s
    return [
        event(seconds, Kind.FAULT_BEGUN, witness=injector, seconds=length_s, **fault),
        event(end, Kind.FAULT_EFFECT, witness=injector, **effect, **fault),
        event(end + 0.001, Kind.FAULT_ENDED, witness=injector, **fault),
    ]


def observed(*parts: Event | list[Event], asked: float = 2.7) -> list[Observation]:
    return read_observations(log(*parts), asked)


def one(
    *, dropped: bool, excess_s: float = 0.1, kind: str = "node", asked_s: float = 2.5, led=True
) -> Observation:
    return Observation(
        kind=kind,
        asked_s=asked_s,
        held_s=asked_s,
        phase_s=0.6,
        led=led,
        excess_s=excess_s,
        limit="ping_timeout",
        dropped=dropped,
    )


def test_a_stall_counts_from_the_last_ping_that_arrived() -> None:
    """PING received at 2.005 s, the lock held from 2.405 to 5.105 s: 0.1 s more than 3 s."""
    (seen,) = observed(client(1), ping(2), hold(2.405, 2.7), lost(5.2))
    assert ("node", True, True, "ping_timeout") == (
        seen.kind, seen.dropped, seen.predicted, seen.limit,
    )  # fmt: skip
    assert (2.7, 0.4, 0.1) == pytest.approx((seen.held_s, seen.phase_s, seen.excess_s))


def test_a_client_that_leaves_on_purpose_was_not_dropped() -> None:
    """Predicted to drop and closed by itself: a wrong verdict, and nothing hides it."""
    (seen,) = observed(client(1), ping(2), hold(2.405, 2.7), lost(6, own=True), server_lost(6))
    assert (False, True, True) == (seen.dropped, seen.predicted, seen.is_wrong)


def test_only_the_first_client_led() -> None:
    """The director times the stall by client number one; the others' phases are chance."""
    parts = (client(1), client(1, "B", 2), ping(2), ping(2.3, "B"), hold(2.405, 2.7))
    assert [("A", True), ("B", False)] == [
        (sid, seen.led)
        for sid, seen in zip("AB", observed(*parts, lost(9, own=True)), strict=True)
    ]


def test_who_was_not_there_when_it_began_is_left_out() -> None:
    """Connected during the stall (a second try), or lost before it."""
    late, early = client(6, "B", 2), [client(1, "C", 3), lost(2, "C", client=3)]
    seen = observed(client(1), ping(2), early, hold(2.405, 2.7), late, lost(9, "B", client=2))
    assert 1 == len(seen)


def test_a_hold_that_never_happened_gives_nothing() -> None:
    """No order arrived, or it had no effect."""
    assert [] == observed(client(1), ping(2))
    assert [] == observed(client(1), ping(2), hold(3, 1)[:1])
    assert [] == read_observations(EventLog(()), 1.0)


def test_a_promise_that_nobody_wrote_down_is_an_error() -> None:
    """Without the OPEN packet's numbers there is no limit to compare with."""
    with pytest.raises(ValueError, match="A was promised"):
        observed(connected(1), ping(2), hold(2.405, 2.7))


def test_a_point_is_the_share_of_the_leading_clients() -> None:
    """Three of four leaders dropped; a fifth client that did not lead is not counted."""
    seen = [one(dropped=n != 0) for n in range(4)] + [one(dropped=False, led=False)]
    (point,) = points_of(seen, (1, 2.0))
    assert Point(kind="node", stall_s=2.5, predicted=0.5, observed=0.75, count=4) == point


def test_each_kind_and_each_stall_has_its_own_point() -> None:
    """Sorted by kind, then by stall."""
    seen = [
        one(dropped=True, kind=kind, asked_s=asked)
        for kind in ("python", "node")
        for asked in (2.75, 2.25)
    ]
    points = [(point.kind, point.stall_s, point.predicted) for point in points_of(seen, (1, 2.0))]
    assert [
        ("node", 2.25, 0.25), ("node", 2.75, 0.75), ("python", 2.25, 0.25), ("python", 2.75, 0.75),
    ] == points  # fmt: skip


def test_the_error_is_the_mean_over_the_points() -> None:
    """0.25 and 0.05 make 0.15; without a point there is no error, not one of zero."""
    points = (
        Point(kind="node", stall_s=2.5, predicted=0.5, observed=0.75, count=4),
        Point(kind="node", stall_s=2.8, predicted=0.8, observed=0.75, count=4),
    )
    assert 0.15 == pytest.approx(Law(8, (), points).mean_absolute_error)
    assert None is Law(0, (), ()).mean_absolute_error


def test_wrong_verdicts_are_counted_with_the_worst_of_them() -> None:
    """One was wrong by 4 ms, one by 30 ms; the dictionary is plain JSON."""
    seen = (
        one(dropped=True),
        one(dropped=False, excess_s=0.004),
        one(dropped=True, excess_s=-0.03),
    )
    told = Law(3, seen, points_of(seen, (1, 2.0))).to_dict()
    assert (3, 2, 0.03) == (
        told["observations_count"], told["wrong_verdicts"],
        told["largest_excess_of_a_wrong_verdict_s"],
    )  # fmt: skip
    assert [True, True, False] == [seen["predicted"] for seen in told["observations"]]
    assert told == json.loads(json.dumps(told, allow_nan=False))

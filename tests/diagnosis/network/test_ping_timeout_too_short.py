"""GWS511: the way is longer than ping_timeout, every time."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.ping_timeout_too_short import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, client_stall, opened, pinged, watched
from tests.log_builder import event, log, server_lost


def _overtaken(begun: float, sid: str, way_s: float = 0.5, back_s: float = 0.5) -> list[Event]:
    """A PING 1 s after the handshake; the server gives up 0.7 s later, then the PONG comes."""
    at = begun + 1
    return [
        *opened(begun, sid, pt=0.6),
        *pinged(at, sid, heard=True, way_s=way_s),
        server_lost(at + 0.7, sid, reason="ping timeout"),
        event(at + way_s + back_s, Kind.PONG_RECEIVED, sid=sid),
    ]


def _truth(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(watched(), *parts))).truth


def test_the_answer_was_on_its_way() -> None:
    """Two clients, each with a round trip of 1 s where 0.6 s are allowed."""
    finding = check(read_timeline(log(watched(), _overtaken(1, "A"), _overtaken(2, "B"))))
    assert (Truth.SUPPORTED, ("A", "B")) == (finding.truth, finding.explains)
    assert "1.00 to 1.00 s" in finding.claim
    assert "ping_timeout is 0.6 s" in finding.claim
    assert "ping_timeout=3" in finding.remedy


def test_a_client_gives_up_for_the_same_reason() -> None:
    """The server did not look in time, but its next PING comes 1 s (the way) after it was due."""
    rounds = [
        *opened(1, "C", pt=0.6),
        *pinged(2, "C", heard=True, way_s=0.5),
        event(3, Kind.PONG_RECEIVED, sid="C"),
        client_end(4.1, "C", reason="ping timeout", code=None),
    ]
    finding = check(read_timeline(log(watched(), _overtaken(1, "A"), rounds)))
    assert ("A", "C") == finding.explains


def test_round_trips_that_differ_refute_it() -> None:
    """Then it is not the length of the way."""
    assert _truth(_overtaken(1, "A"), _overtaken(4, "B", back_s=1.2)) is Truth.REFUTED


def test_a_single_slow_one_among_many_alike_does_not_matter() -> None:
    """A busy machine now and then adds to a trip; the way is as long as the shortest ones."""
    parts = [part for n, sid in enumerate("ABC") for part in _overtaken(4 * n, sid)]
    finding = check(read_timeline(log(watched(), parts, _overtaken(20, "D", back_s=1.5))))
    assert Truth.SUPPORTED == finding.truth
    assert "(3 measured)" in finding.claim


def test_a_round_trip_that_fitted_refutes_it() -> None:
    """Then the timeout is long enough for the way itself."""
    short = event(1.2, Kind.PONG_RECEIVED, sid="C")
    parts = [*_overtaken(1, "A"), *_overtaken(2, "B"), *opened(0, "C"), *pinged(1, "C"), short]
    assert _truth(parts) is Truth.REFUTED


def test_one_round_trip_is_too_few() -> None:
    """Nobody knows then whether all are long."""
    assert _truth(_overtaken(1, "A")) is Truth.UNKNOWN


def test_a_client_that_stood_still_refutes_it() -> None:
    """It was the client that took the time."""
    parts = [_overtaken(1, "A"), _overtaken(4, "B"), client_stall(2, 0.8), client_stall(5, 0.8)]
    assert _truth(*parts) is Truth.REFUTED


def test_a_short_way_refutes_it() -> None:
    """A PING that arrives at once shows a short way: its answer was lost, or lay unread."""
    assert _truth(_overtaken(1, "A", way_s=0.01), _overtaken(4, "B", way_s=0.01)) is Truth.REFUTED


def test_unwatched_sides_leave_it_unknown() -> None:
    """A client without a monitor may have stood still."""
    assert check(read_timeline(log(_overtaken(1, "A")))).truth is Truth.UNKNOWN

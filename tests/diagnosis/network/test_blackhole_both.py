"""GWS503: nothing came through, in either direction."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.blackhole_both import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import alive, client_end, opened, pinged, watched
from tests.log_builder import event, log

GAVE_UP = client_end(5, reason="ping timeout", code=None)
NODE = [*opened(1), *pinged(2, heard=True), *pinged(3), GAVE_UP]
PYTHON = [
    *opened(1, "B", kind="python"),
    *pinged(3.2, "B"),
    client_end(5.2, "B", reason="transport error", line="Server has stopped communicating"),
]


def _truth(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(watched(), *parts))).truth


def test_no_ping_arrived_and_no_goodbye_did() -> None:
    """The JavaScript client's missing goodbye explains the Python client's drop, too."""
    finding = check(read_timeline(log(watched(), NODE, PYTHON, alive(9))))
    assert Truth.SUPPORTED == finding.truth
    assert ("A", "B") == finding.explains
    assert "gave up 2.0 s later" in finding.claim
    assert "TCP_USER_TIMEOUT" in finding.remedy


def test_a_goodbye_that_came_refutes_it() -> None:
    """Then one of the two ways was open."""
    assert _truth(NODE, event(5.01, Kind.WEBSOCKET_ENDED, sid="A"), alive(9)) is Truth.REFUTED


def test_without_a_goodbye_to_wait_for_nobody_can_tell() -> None:
    """Python's clients say none: one way or both ways, it looks the same."""
    assert _truth(PYTHON, alive(9)) is Truth.UNKNOWN


def test_a_heartbeat_that_came_through_refutes_it() -> None:
    """Nothing was lost on the way."""
    assert _truth(opened(1), pinged(2, heard=True), alive(9)) is Truth.REFUTED


def test_unwatched_sides_leave_it_unknown() -> None:
    """A client without a monitor may have stood still."""
    assert check(read_timeline(log(NODE, alive(9)))).truth is Truth.UNKNOWN

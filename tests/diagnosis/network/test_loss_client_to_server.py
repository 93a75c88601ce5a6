"""GWS505: lost from the client to the server, which was waiting."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.loss_client_to_server import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import HANDLER, RECEIVE, opened, pinged, stacks, watched
from tests.log_builder import event, log, server_lost

LOST = [*opened(1), *pinged(2, heard=True), server_lost(4.5, reason="ping timeout")]


def _truth(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(watched(), *parts))).truth


def test_answered_and_never_read_by_a_server_that_waited() -> None:
    """The client's PONG went out at once; the server's loop waited for bytes until it gave up."""
    finding = check(read_timeline(log(watched(), LOST, stacks(3.2, RECEIVE))))
    assert Truth.SUPPORTED == finding.truth
    assert ("A",) == finding.explains
    assert "in 2.5 s no PONG came" in finding.claim
    assert finding.evidence[-1].kind is Kind.STACK


def test_a_server_busy_in_a_handler_may_have_it_unread() -> None:
    """Then the network is not to blame, at least not by this log."""
    assert _truth(LOST, stacks(3.2, HANDLER)) is Truth.UNKNOWN
    assert _truth(LOST) is Truth.UNKNOWN


def test_a_pong_that_came_late_refutes_it() -> None:
    """Late is not lost."""
    late = event(7, Kind.PONG_RECEIVED, sid="A")
    assert _truth(LOST, late, stacks(3.2, RECEIVE)) is Truth.REFUTED


def test_a_ping_that_took_long_refutes_it() -> None:
    """Then the way is long, and the answer may still be on it."""
    slow = [*opened(1), *pinged(2, heard=True, way_s=0.5), server_lost(4.5, reason="ping timeout")]
    assert _truth(slow, stacks(3.2, RECEIVE)) is Truth.REFUTED


def test_unwatched_sides_leave_it_unknown() -> None:
    """A client without a monitor may have stood still."""
    assert check(read_timeline(log(LOST, stacks(3.2, RECEIVE)))).truth is Truth.UNKNOWN

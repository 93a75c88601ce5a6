"""GWS504: lost from the server to the client, and only there."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.loss_server_to_client import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import alive, client_end, opened, pinged, watched
from tests.log_builder import event, log

NODE = [*opened(1), *pinged(3), client_end(5, reason="ping timeout", code=None)]
PYTHON = [
    *opened(1, "B", kind="python"),
    *pinged(3.2, "B"),
    client_end(9.2, "B", reason="transport error", line="packet queue is empty, aborting"),
]
GOODBYE = event(5.01, Kind.WEBSOCKET_ENDED, sid="A")


def _truth(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(watched(), *parts))).truth


def test_no_ping_arrived_but_the_goodbye_did() -> None:
    """The client's own closing reached the server at once: its way was open."""
    finding = check(read_timeline(log(watched(), NODE, PYTHON, GOODBYE, alive(12))))
    assert Truth.SUPPORTED == finding.truth
    assert ("A", "B") == finding.explains
    assert "" == finding.limit


def test_no_goodbye_refutes_it() -> None:
    """Then the other way was closed as well."""
    assert _truth(NODE, alive(9)) is Truth.REFUTED


def test_without_a_goodbye_to_wait_for_nobody_can_tell() -> None:
    """Python's clients say none."""
    assert _truth(PYTHON, alive(12)) is Truth.UNKNOWN


def test_nothing_lost_refutes_it() -> None:
    """PINGs arrived."""
    assert _truth(opened(1), pinged(2, heard=True), alive(9)) is Truth.REFUTED


def test_unwatched_sides_leave_it_unknown() -> None:
    """A client without a monitor may have stood still."""
    assert check(read_timeline(log(NODE, GOODBYE))).truth is Truth.UNKNOWN

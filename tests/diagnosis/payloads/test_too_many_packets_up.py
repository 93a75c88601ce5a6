"""GWS310: a POST of too many packets; events are missing, and nothing drops."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.too_many_packets_up import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import ended, python, server_said
from tests.log_builder import connected, log, lost, quiet

ERROR = "ValueError: Too many packets in payload"


def test_the_servers_error_is_a_trouble() -> None:
    """It explains no drop, and the claim says what became of the events."""
    told = server_said(2, "post request handler error", None, ERROR)
    finding = check(read_timeline(log(python(), told, lost(5, own=True))))
    assert (Truth.SUPPORTED, (), (told,)) == (finding.truth, finding.explains, finding.evidence)
    assert "answered 200 OK and lost every event" in finding.claim


def test_a_plain_log_has_the_exception_in_a_line_of_its_own() -> None:
    """There, no field beside the line holds it."""
    told = server_said(2, ERROR, None)
    assert Truth.SUPPORTED is check(read_timeline(log(connected(1), told, ended(3)))).truth


def test_another_error_of_the_same_handler_is_not_it() -> None:
    """The line is the same for whatever the handler fell over."""
    told = server_said(2, "post request handler error", None, "ValueError: bad packet")
    assert Truth.REFUTED is check(read_timeline(log(python(), told, ended(3)))).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """The client notices nothing at all: only the server can tell."""
    assert Truth.UNKNOWN is check(read_timeline(log(quiet()))).truth

"""GWS307: the server called a client's packet too large."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.inbound_too_big_ws import check
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import ended, handshake, python, server_said
from tests.log_builder import connected, event, log, quiet

LINE = 'A: Unexpected error "packet is too large", closing connection'


def test_the_servers_line_about_this_client() -> None:
    """The claim gives the limit that the server had promised in its OPEN packet."""
    line = server_said(2, LINE)
    finding = check(read_timeline(log(python(), line, ended(2.01, "transport close"))))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "max_http_buffer_size allows (100,000 bytes)" in finding.claim
    assert [handshake().kind, line.kind] == [step.event.kind for step in finding.path][:2]


def test_the_size_that_the_tap_saw_needs_no_line() -> None:
    """python-engineio says nothing in asyncio mode; the tap's word comes last, at the end."""
    seen = event(2.05, Kind.WEBSOCKET_ENDED, sid="A", close_code=None, refused_bytes=200_012)
    finding = check(read_timeline(log(python(), ended(2.01, "transport close"), seen)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "a message of 200,012 bytes, more than max_http_buffer_size allows" in finding.claim
    times = [step.event.at_ns for step in finding.path]
    assert sorted(times) == times


def test_a_line_about_another_client_explains_nothing() -> None:
    """The client that sent too much and the one that was lost are two."""
    session = log(python(), server_said(2, LINE, "B"), ended(2.01, "transport close"))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_another_line_is_no_evidence() -> None:
    """A client that was given up had not sent too much."""
    line = server_said(2, "A: Client is gone, closing socket")
    assert Truth.REFUTED is check(read_timeline(log(python(), line, ended(2.01)))).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """A client's words alone do not tell."""
    session: EventLog = log(connected(1), ended(2, "transport close"))
    assert Truth.UNKNOWN is check(read_timeline(session)).truth
    assert Truth.UNKNOWN is check(read_timeline(log(quiet()))).truth

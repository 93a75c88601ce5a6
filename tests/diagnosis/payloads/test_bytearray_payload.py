"""GWS305: a bytearray, and a Python client that cannot decode."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.bytearray_payload import check
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, ended, python, said
from tests.log_builder import event, log, quiet

LINE = 'Unexpected error decoding packet: "Incorrect padding", aborting'
GUILTY = emitted(2, "image", attachments=1, bytearrays=1)
END = [said(2.01, LINE), *ended(2.02, last_log=LINE)]


def truth_of(events: EventLog) -> Truth:
    return check(read_timeline(events)).truth


def test_a_packet_that_cannot_be_decoded_after_a_bytearray() -> None:
    """The message and the client's line carry it; the way is in order of time."""
    finding = check(read_timeline(log(python(), GUILTY, END)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert [GUILTY, END[0]] == [step.event for step in finding.path][:2]
    assert "bytes(buffer)" in finding.remedy


def test_plain_bytes_are_not_to_blame() -> None:
    """bytes go out as bytes: a client that fails to decode then has another reason."""
    plain = emitted(2, "image", attachments=1)
    assert Truth.REFUTED is truth_of(log(python(), plain, END))


def test_a_bytearray_that_was_survived_explains_no_other_end() -> None:
    """A connection that timed out after a bytearray did not fail to decode."""
    line = "Server has stopped communicating, aborting"
    end = [said(2.5, line), *ended(2.51, last_log=line)]
    assert Truth.REFUTED is truth_of(log(python(), GUILTY, end))


def test_without_the_servers_messages_it_is_unknown() -> None:
    """Nobody saw what was emitted, or a plain log does not tell the types."""
    untyped = event(2, Kind.MESSAGE_EMITTED, event="image", bytes=300, attachments=1)
    assert Truth.UNKNOWN is truth_of(log(python(), END))
    assert Truth.UNKNOWN is truth_of(log(python(), untyped, END))


def test_a_healthy_session_is_refuted() -> None:
    """No bytearray, no drop."""
    assert Truth.REFUTED is truth_of(log(quiet()))

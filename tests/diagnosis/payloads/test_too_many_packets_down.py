"""GWS309: a burst, a poll, and a Python client that takes sixteen."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.too_many_packets_down import check
from granite_ws.events import Event
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, ended, python, received, said
from tests.log_builder import log, quiet

LINE = "Unexpected packet from server, aborting"
END = [said(2.2, LINE), *ended(2.21, last_log=LINE)]


def burst(count: int) -> list[Event]:
    return [emitted(2 + number / 1000, "step") for number in range(count)]


def test_more_than_sixteen_that_were_not_delivered() -> None:
    """Of 40 messages 10 had come; 30 were in the answer that was refused."""
    came = [received(2.1, "step")] * 10
    finding = check(read_timeline(log(python(transport="polling"), burst(40), came, END)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert finding.claim.startswith("30 messages")
    assert "Payload.max_decode_packets" in finding.remedy


def test_sixteen_are_taken() -> None:
    """A poll that brings no more than that is refused for another reason."""
    session = log(python(transport="polling"), burst(16), END)
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_a_burst_over_a_websocket_is_no_trouble() -> None:
    """There each message has a frame of its own."""
    assert Truth.REFUTED is check(read_timeline(log(python(), burst(40), END))).truth


def test_a_burst_before_another_end_explains_nothing() -> None:
    """The client must have said that it refused what came."""
    session = log(python(transport="polling"), burst(40), ended(2.21))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_without_the_servers_messages_it_is_unknown() -> None:
    """Nobody counted what was emitted; and a healthy session is refuted."""
    session = log(python(transport="polling"), END)
    assert Truth.UNKNOWN is check(read_timeline(session)).truth
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth

"""GWS312: a send that fell short, and silence after it."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.gevent_partial_send import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import ended, python, received
from tests.log_builder import event, log, ping, quiet

SHORT = event(2, Kind.SHORT_SEND, sid="A", asked_bytes=16_000_000, sent_bytes=4_000_000)


def unanswered(seconds: float) -> list[Event]:
    """The server's half of a round."""
    return ping(seconds)[:2]


def test_a_short_send_with_silence_behind_it() -> None:
    """The PING that was written into the open message is part of the way."""
    written = unanswered(2.5)
    finding = check(read_timeline(log(python(), SHORT, written, ended(5, "ping timeout"))))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "Only 4,000,000 of 16,000,000 bytes" in finding.claim
    assert [SHORT, written[1]] == [step.event for step in finding.path][:2]


def test_what_was_under_way_may_still_come() -> None:
    """A message that arrives a moment after the short send was sent before it."""
    session = log(python(), SHORT, received(2.1), unanswered(2.5), ended(5, "ping timeout"))
    assert Truth.SUPPORTED is check(read_timeline(session)).truth


def test_a_client_that_still_hears_is_not_waiting_in_a_message() -> None:
    """The rest came after all: another writer had sent it."""
    session = log(python(), SHORT, ping(2.6), unanswered(3.6), ended(6, "ping timeout"))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_a_client_that_closed_by_itself_cuts_the_send_too() -> None:
    """Then no PING follows: the send fell short because the client had gone."""
    assert Truth.REFUTED is check(read_timeline(log(python(), SHORT, ended(2.01)))).truth


def test_silence_without_a_short_send_is_something_else() -> None:
    """A blocked client or a swallowing wire looks the same from the client's side."""
    session = log(python(), unanswered(2.5), ended(5, "ping timeout"))
    assert Truth.REFUTED is check(read_timeline(session)).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """Nobody watched the sends."""
    assert Truth.UNKNOWN is check(read_timeline(log(quiet()))).truth

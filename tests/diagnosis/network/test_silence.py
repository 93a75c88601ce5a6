"""Whose packet was lost on the way, and what says that it was not the way at all."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.network import silence
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import (
    HANDLER,
    RECEIVE,
    alive,
    client_end,
    client_stall,
    message,
    opened,
    pinged,
    stacks,
    watched,
)
from tests.log_builder import event, log, server_lost, stall

GAVE_UP = client_end(5, reason="ping timeout", code=None)
UNHEARD = [*opened(1), *pinged(2, heard=True), *pinged(3), GAVE_UP]
ANSWERED = [*opened(1), *pinged(2, heard=True), server_lost(4.5, reason="ping timeout")]
NOT_THE_WAY: dict[str, list[Event]] = {
    "the server stood still": [stall(3.1, 1.5)],
    "the client stood still": [client_stall(3.1, 1.5)],
    "data still arrived": [message(4)],
    "a large message was under way": [event(2.9, Kind.MESSAGE_EMITTED, bytes=5_000_000)],
    "half a frame was sent": [event(2.9, Kind.SHORT_SEND, sid="A")],
}


def _timeline(*parts: Event | list[Event]):
    return read_timeline(log(watched(), *parts))


def test_a_ping_that_a_well_client_never_saw() -> None:
    """Handed over at 3 s, never received; the client gave up at 5 s."""
    timeline = _timeline(UNHEARD)
    ping = silence.unheard_ping(timeline, timeline.drops[0])
    assert ping is not None
    assert timeline.seconds(ping.written_ns or 0) == 3


@pytest.mark.parametrize("why", NOT_THE_WAY)
def test_what_else_explains_the_silence(why: str) -> None:
    """A side that stood still, or data in the way, is no loss on the way."""
    timeline = _timeline(UNHEARD, NOT_THE_WAY[why])
    assert silence.unheard_ping(timeline, timeline.drops[0]) is None


def test_a_client_that_did_not_give_up_lost_no_ping() -> None:
    """A cut is another matter."""
    timeline = _timeline(opened(1), pinged(3), client_end(5))
    assert silence.unheard_ping(timeline, timeline.drops[0]) is None


def test_a_pong_that_a_well_server_never_read() -> None:
    """Sent at once, and 2 s later the server gave up."""
    timeline = _timeline(ANSWERED)
    assert silence.unheard_pong(timeline, timeline.drops[0]) is not None


@pytest.mark.parametrize(
    "part",
    [
        event(6, Kind.PONG_RECEIVED, sid="A"),  # it came, late
        stall(2.1, 2.0),
        client_stall(2.1, 2.0),
    ],
)
def test_a_pong_that_came_late_or_was_kept_is_none(part: Event) -> None:
    """Late is not lost; and a side that stood still did it."""
    timeline = _timeline(ANSWERED, part)
    assert silence.unheard_pong(timeline, timeline.drops[0]) is None


def test_goodbye_came_where_the_server_read_it_at_once() -> None:
    """The end of the WebSocket right after the client gave up shows that its way is open."""
    ended = event(5.01, Kind.WEBSOCKET_ENDED, sid="A")
    timeline = _timeline(UNHEARD, ended)
    assert silence.goodbye_came(timeline, timeline.drops[0]) is True


def test_goodbye_did_not_come_where_the_server_went_on_without() -> None:
    """A recording that ends too soon after cannot tell."""
    timeline = _timeline(UNHEARD, alive(8))
    assert silence.goodbye_came(timeline, timeline.drops[0]) is False
    timeline = _timeline(UNHEARD, alive(5.2))
    assert silence.goodbye_came(timeline, timeline.drops[0]) is None


def test_pythons_clients_say_no_goodbye() -> None:
    """They leave their TCP connection open when they give up."""
    end = client_end(5, reason="transport error", line="Server has stopped communicating")
    timeline = _timeline(opened(1, kind="python"), pinged(3), end, alive(9))
    assert silence.goodbye_came(timeline, timeline.drops[0]) is None


@pytest.mark.parametrize(
    ("loops", "reading"),
    [([RECEIVE], True), ([RECEIVE, HANDLER], False), ([HANDLER], False), ([], False)],
)
def test_a_server_that_waits_for_bytes_has_read_all(loops: list[list[str]], reading: bool) -> None:
    """A receive loop in a handler, or hidden below one, may have the PONG unread."""
    timeline = _timeline(ANSWERED, stacks(3.5, *loops))
    found = silence.server_was_reading(timeline, timeline.drops[0], 0)
    assert (found is not None) is reading


def test_both_sides_must_be_watched() -> None:
    """Without a client's monitor its silence may be its own."""
    assert silence.watched(_timeline(UNHEARD))
    assert not silence.watched(read_timeline(log(UNHEARD)))


def test_pythons_second_rule_is_told_apart() -> None:
    """It is a limit of its own, which no ping_timeout moves."""
    end = client_end(9, reason="transport error", line="packet queue is empty, aborting")
    assert silence.write_idle(_timeline(opened(1), end).drops[0])
    assert not silence.write_idle(_timeline(UNHEARD).drops[0])


def test_the_path_tells_each_stage() -> None:
    """From the last PING to the end, in order of time."""
    timeline = _timeline(UNHEARD)
    drop = timeline.drops[0]
    ping = silence.unheard_ping(timeline, drop)
    assert ping is not None
    texts = [step.text for step in silence.silence_steps(timeline, drop, ping)]
    assert ["The server sent its last PING", "The client told of the loss: ping timeout"] == texts

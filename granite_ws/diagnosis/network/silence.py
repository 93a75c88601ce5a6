"""Heartbeats that were lost on the way: sent by one side, not heard by the other, both well.

server  PING written ----x          the client hears nothing:     unheard_ping
client          PONG sent ----x     the server hears no answer:   unheard_pong
"""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised, events_of, pings_of
from granite_ws.diagnosis.finding import Step
from granite_ws.events import Event, Kind, Witness
from granite_ws.phrase import mark, say
from granite_ws.timeline import SECOND, Connection, Ping, Timeline

# How a client words that it gave up by itself (engineio client.py, engine.io-client socket.js).
_GAVE_UP = ("stopped communicating", "packet queue is empty")
_PING_TIMEOUT = "ping timeout"
_RECEIVING = ("_websocket_handler",)  # engineio socket.py: the loop that reads one client
_READING = "simple_websocket/ws.py"


def watched(timeline: Timeline) -> bool:
    """Whether both sides' heartbeats and both sides' stalls were recorded at all."""
    monitors = {event.witness for event in timeline.log.of(Kind.MONITOR_STARTED)}
    written, connected = timeline.log.of(Kind.PING_WRITTEN), timeline.log.of(Kind.CONNECTED)
    sides = {event.witness for event in (*written[:1], *connected)}
    return {Witness.SERVER, Witness.PROBE} <= monitors & sides


def gave_up_ns(drop: Connection) -> int | None:
    """When the client gave up by itself, by its own clock; None where it did not."""
    said = drop.client_log or ""
    by_itself = drop.client_reason == _PING_TIMEOUT or any(words in said for words in _GAVE_UP)
    return drop.ended_ns if by_itself else None


def write_idle(drop: Connection) -> bool:
    """Whether the Python client's second rule ended it, max(pi, pt) + 5 s without sending."""
    return _GAVE_UP[1] in (drop.client_log or "")


def unheard_ping(timeline: Timeline, drop: Connection) -> Ping | None:
    """The PING that a well server handed over and a well client, which then gave up, never saw."""
    gave_up, rounds = gave_up_ns(drop), pings_of(timeline, drop.sid)
    if gave_up is None or not rounds:
        return None
    last = rounds[-1]
    if last.written_ns is None or last.queued_ns is None or last.received_ns is not None:
        return None
    waited_s = (gave_up - last.written_ns) / SECOND
    prompt = last.written_ns - last.queued_ns <= limits.PROMPT_WRITE_S * SECOND
    promised = advertised(timeline, drop.sid)
    due_s = 0.5 * promised.ping_timeout_s if promised else limits.NO_STALL_S
    fits = prompt and waited_s >= due_s and not _behind_data(timeline, drop, last.written_ns)
    still = stood_still(timeline, drop, last.written_ns, gave_up)
    return last if fits and not still and not _heard(timeline, drop, last.written_ns) else None


def _heard(timeline: Timeline, drop: Connection, since_ns: int) -> bool:
    """Whether anything from the server reached the client after this PING was written."""
    late = since_ns + limits.IN_FLIGHT_S * SECOND
    return any(e.at_ns > late for e in events_of(timeline, drop.sid, Kind.MESSAGE_RECEIVED))


def _behind_data(timeline: Timeline, drop: Connection, at_ns: int) -> bool:
    """Whether so much was under way that the PING may only have been late, or cut short."""
    begun = at_ns - limits.UNDER_WAY_S * SECOND
    large = sum(
        event.data["bytes"]
        for event in timeline.log.of(Kind.MESSAGE_EMITTED)
        if begun <= event.at_ns <= (drop.lost_ns or at_ns)
    )
    queued = [e for e in events_of(timeline, drop.sid, Kind.PING_QUEUED) if e.at_ns <= at_ns]
    waiting = queued[-1].data.get("waiting", 0) if queued else 0
    short = events_of(timeline, drop.sid, Kind.SHORT_SEND)
    return bool(short) or large >= limits.LONG_TEXT_BYTES or waiting > limits.FEW_PACKETS


def stood_still(timeline: Timeline, drop: Connection, begun_ns: int, ended_ns: int) -> bool:
    """Whether the server, or this kind of client, did meanwhile."""
    return any(
        stall.seconds >= limits.NO_STALL_S
        and stall.began_ns < ended_ns
        and stall.ended_ns > begun_ns
        and stall.client_kind in ("", drop.client_kind)
        for stall in (*timeline.stalls, *timeline.client_stalls)
    )


def goodbye_came(timeline: Timeline, drop: Connection) -> bool | None:
    """Whether the client's own closing reached the server: the way there was open.

    None where nobody can tell: Python's clients say no goodbye when they give up, and one that
    the recording ends too soon after cannot be missed.
    """
    gave_up = gave_up_ns(drop)
    if gave_up is None or drop.client_kind != "node":
        return None
    window = limits.IN_FLIGHT_S * SECOND
    ends = events_of(timeline, drop.sid, Kind.WEBSOCKET_ENDED)
    if any(abs(event.at_ns - gave_up) <= window for event in ends):
        return True
    went_on = max((e.at_ns for e in timeline.log.by(Witness.SERVER)), default=0)
    return False if went_on > gave_up + 2 * window else None


def unheard_pong(timeline: Timeline, drop: Connection) -> Ping | None:
    """The PONG that a client sent at once and its well server, which then gave up, never read."""
    rounds = pings_of(timeline, drop.sid)
    if not rounds or drop.lost_ns is None or drop.server_reason != _PING_TIMEOUT:
        return None
    last = rounds[-1]
    written, heard, sent = last.written_ns, last.received_ns, last.pong_sent_ns
    if written is None or heard is None or sent is None or last.pong_received_ns is not None:
        return None
    promised = advertised(timeline, drop.sid)
    due_s = 0.5 * promised.ping_timeout_s if promised else limits.NO_STALL_S
    prompt = max(heard - written, sent - heard) <= limits.PROMPT_PONG_S * SECOND
    fits = prompt and drop.lost_ns - sent >= due_s * SECOND
    return last if fits and not stood_still(timeline, drop, sent, drop.lost_ns) else None


def server_was_reading(timeline: Timeline, drop: Connection, since_ns: int) -> Event | None:
    """The look at the stacks that shows every receive loop waiting for bytes.

    A loop that runs a handler has the PONG unread in its buffer: then the network is innocent.
    """
    for event in events_of(timeline, drop.sid, Kind.STACK):
        if since_ns <= event.at_ns <= (drop.lost_ns or timeline.ended_ns):
            loops = [t["frames"] for t in event.data["threads"] if _is_loop(t["frames"])]
            # Frames deep in a handler hide the loop below them: then one is missing.
            complete = len(loops) >= _open_at(timeline, event.at_ns) > 0
            if complete and all(_waits(frames) for frames in loops):
                return event
    return None


def _open_at(timeline: Timeline, at_ns: int) -> int:
    return sum(
        c.connected_ns <= at_ns < (c.server_ended_ns or timeline.ended_ns)
        for c in timeline.connections
        if c.transport == "websocket"
    )


def _is_loop(frames: list[str]) -> bool:
    return any(frame.endswith(_RECEIVING) for frame in frames)


def _waits(frames: list[str]) -> bool:
    """``threading`` waiting, called by the WebSocket's ``receive``, and nothing in between."""
    own = [frame for frame in frames if not frame.startswith("python3.")]
    return bool(own) and own[0].startswith(_READING)


# Each stage in words, without and with the reason that its event gives.
_STAGES = {
    Kind.PING_WRITTEN: (
        mark("The server sent its last PING"),
        mark("The server sent its last PING: {reason}"),
    ),
    Kind.PING_RECEIVED: (
        mark("The client received it"),
        mark("The client received it: {reason}"),
    ),
    Kind.PONG_SENT: (
        mark("The client answered"),
        mark("The client answered: {reason}"),
    ),
    Kind.DISCONNECTED: (
        mark("The client told of the loss"),
        mark("The client told of the loss: {reason}"),
    ),
    Kind.CLIENT_DISCONNECTED: (
        mark("The server told of the loss"),
        mark("The server told of the loss: {reason}"),
    ),
}


def silence_steps(timeline: Timeline, drop: Connection, ping: Ping) -> tuple[Step, ...]:
    """The last PING's stages and both sides' ends, in order of time."""
    begun = ping.queued_ns or 0
    steps = []
    for event in events_of(timeline, drop.sid, *_STAGES):
        if event.at_ns >= begun:
            reason = event.data.get("last_log") or event.data.get("reason")
            plain, with_reason = _STAGES[event.kind]
            words = say(with_reason, reason=reason) if reason else say(plain)
            steps.append(Step(words, event))
    return tuple(steps)

"""GWS313: a Python client was busy checking a large text, and read no PING meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of, pings_of
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.diagnosis.payloads.messages import loss_steps, name_of
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Ping, Timeline

CODE, CAUSE = "GWS313", "pyclient_utf8_stall"
_KIND = "python"


@dataclass(frozen=True)
class _Check:
    """One large text on its way through a client that used its processor all the while."""

    drop: Connection
    emitted: Event
    received: Event
    ping: Event
    busy: tuple[Event, ...]

    @property
    def seconds(self) -> float:
        return (self.received.at_ns - self.emitted.at_ns) / SECOND


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a PING was written in time and read only after a large text, for which the
    client was busy the whole time and heard nothing else.
    """
    drops = [drop for drop in timeline.drops if drop.client_kind == _KIND]
    if drops and not timeline.log.of(Kind.SAMPLE):
        words = say("Nobody watched how much processor time the clients used.")
        return Finding(CODE, CAUSE, Truth.UNKNOWN, words)
    found = [seen for drop in drops if (seen := _checked(timeline, drop)) is not None]
    if not found:
        words = say("No Python client that was lost had been busy with one large text.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    return _finding(timeline, found)


def _finding(timeline: Timeline, found: list[_Check]) -> Finding:
    first = found[0]
    megabytes = first.emitted.data["bytes"] / 1e6
    emitted = say("The server emitted {megabytes:.1f} MB of text", megabytes=megabytes)
    checked = Step(say("The client had checked the text"), first.received)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "A Python client had {name} ({megabytes:.1f} MB of text) only {seconds:.1f} s after "
            "it was emitted, busy all the while: websocket-client checks UTF-8 in pure Python "
            "({speed:.1f} MB/s here). The PING behind it was written in time and read too late.",
            name=name_of(first.emitted),
            megabytes=megabytes,
            seconds=first.seconds,
            speed=megabytes / first.seconds,
        ),
        evidence=(first.emitted, first.ping, first.received, *first.busy),
        explains=tuple(seen.drop.sid for seen in found),
        remedy=say(
            "In the client: socketio.Client(websocket_extra_options="
            "{{'skip_utf8_validation': True}}), or install wsaccel; in the server: send bytes, or "
            "smaller texts."
        ),
        path=(
            Step(emitted, first.emitted),
            Step(say("The PING was written behind it, in time"), first.ping),
            *sorted((checked, *loss_steps(timeline, first.drop)), key=lambda s: s.event.at_ns),
        ),
        limit=_limit(first.drop),
        references=("websocket-client#590", "websocket-client#921"),
        strength=Strength.INFERRED,
    )


def _limit(drop: Connection) -> str:
    """The Python client's second rule, where that ended it before the server did."""
    first = drop.ended_ns is not None and drop.ended_ns == drop.lost_ns
    return "write_idle" if first and "queue is empty" in (drop.client_log or "") else ""


def _checked(timeline: Timeline, drop: Connection) -> _Check | None:
    for received in events_of(timeline, drop.sid, Kind.MESSAGE_RECEIVED):
        emitted = _emission(timeline, received)
        if emitted is None or received.data["bytes"] < limits.LONG_TEXT_BYTES:
            continue
        ping = _unread(timeline, drop, emitted, received)
        busy = _busy(timeline, emitted, received)
        if ping is not None and busy and not _heard_between(timeline, drop, emitted, received):
            return _Check(drop, emitted, received, ping, busy)
    return None


def _emission(timeline: Timeline, received: Event) -> Event | None:
    """The emit of this message: the last of its name before, of about its size."""
    for event in reversed(timeline.log.of(Kind.MESSAGE_EMITTED)):
        if event.at_ns < received.at_ns and event.data["event"] == received.data.get("event"):
            near = abs(event.data["bytes"] - received.data["bytes"]) <= 0.1 * event.data["bytes"]
            return event if near else None
    return None


def _unread(timeline: Timeline, drop: Connection, emitted: Event, received: Event) -> Event | None:
    """The writing of a PING that left the server in time, and was open at the loss."""
    lost = drop.lost_ns or timeline.ended_ns

    def was_open(ping: Ping) -> bool:
        answered = ping.pong_received_ns
        return answered is None or answered >= lost

    for ping in pings_of(timeline, drop.sid):
        queued, written = ping.queued_ns, ping.written_ns
        if queued is None or written is None or not was_open(ping):
            continue
        prompt = (written - queued) / SECOND <= limits.PROMPT_WRITE_S
        if prompt and emitted.at_ns - SECOND <= written < received.at_ns:
            writings = events_of(timeline, drop.sid, Kind.PING_WRITTEN)
            return next(event for event in writings if event.at_ns == written)
    return None


def _busy(timeline: Timeline, emitted: Event, received: Event) -> tuple[Event, ...]:
    """The client process's samples of that time; none where it was not busy on average."""
    # A sample tells of the second before it; the transfer takes part of the first.
    samples = tuple(
        event
        for event in timeline.log.of(Kind.SAMPLE)
        if event.data["role"] == "probe"
        and emitted.at_ns + SECOND <= event.at_ns <= received.at_ns + SECOND / 2
    )
    busy = [sample.data["cpu_percent"] for sample in samples]
    return samples if busy and sum(busy) / len(busy) >= limits.BUSY_CLIENT_PERCENT else ()


def _heard_between(timeline: Timeline, drop: Connection, emitted: Event, received: Event) -> bool:
    slack = limits.IN_FLIGHT_S * SECOND
    return any(
        emitted.at_ns + slack < event.at_ns < received.at_ns - slack
        for event in events_of(timeline, drop.sid, Kind.MESSAGE_RECEIVED, Kind.PING_RECEIVED)
    )

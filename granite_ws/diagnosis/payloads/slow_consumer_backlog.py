"""GWS314: more was sent than the client could take, and the PING waited behind it."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of, pings_of
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.diagnosis.payloads.messages import loss_steps
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import SECOND, Connection, Ping, Timeline

CODE, CAUSE = "GWS314", "slow_consumer_backlog"


@dataclass(frozen=True)
class _Backlog:
    """A PING that waited while older data still came, later and later.

    late_s:   how late the first and the last message came while the PING was under way, seconds.
    arrivals: the first and the last of them.
    """

    drop: Connection
    ping: Event
    late_s: tuple[float, float]
    arrivals: tuple[Event, Event]


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when data went on arriving ever later while the last PING did not arrive."""
    if timeline.drops and not any(emit.received_ns for emit in timeline.emits):
        words = say("Nobody measured how long messages were under way.")
        return Finding(CODE, CAUSE, Truth.UNKNOWN, words)
    found = [seen for drop in timeline.drops if (seen := _backlog(timeline, drop)) is not None]
    if not found:
        words = say("No lost client was still receiving data, later and later, ahead of its PING.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    return _finding(timeline, found)


def _finding(timeline: Timeline, found: list[_Backlog]) -> Finding:
    first = found[0]
    early, late = first.late_s
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "While the last PING was under way, data still reached the client, first {early:.1f} "
            "s and at last {late:.1f} s after it was emitted: more was sent ({megabytes:.1f} MB "
            "in that time) than this client could take, and the PING waited behind it.",
            early=early,
            late=late,
            megabytes=_bytes_between(timeline, first) / 1e6,
        ),
        evidence=(first.ping, *first.arrivals),
        explains=tuple(seen.drop.sid for seen in found),
        remedy=say(
            "Send less: wait for the client's acknowledgement before the next message (emit(..., "
            "callback=...)), or drop old messages while it is behind; emit() itself never waits. "
            "A larger ping_timeout only moves the moment."
        ),
        path=(
            Step(_queued(first.ping), first.ping),
            Step(say("Data came {seconds:.1f} s late", seconds=early), first.arrivals[0]),
            Step(
                say("Data came {seconds:.1f} s late, and the PING not yet", seconds=late),
                first.arrivals[1],
            ),
            *loss_steps(timeline, first.drop),
        ),
        references=("Flask-SocketIO#754", "Flask-SocketIO#663", "socket.io#2666"),
        strength=Strength.INFERRED,
    )


def _queued(ping: Event) -> Phrase:
    waiting = ping.data.get("waiting", 0)
    if waiting:
        return say(
            "The PING was queued behind {count} packets in the server's queue", count=waiting
        )
    return say("The PING was queued into a full line")


def _backlog(timeline: Timeline, drop: Connection) -> _Backlog | None:
    ping = _overdue(timeline, drop)
    if ping is None or ping.queued_ns is None or drop.lost_ns is None:
        return None
    late = _late_arrivals(timeline, drop, ping.queued_ns)
    if len(late) < limits.BACKLOG_ARRIVALS:
        return None
    (_, first_s), (_, last_s) = late[0], late[-1]
    # A long line is late as well, but always by the same.
    if last_s < limits.BACKLOG_LATE_S or last_s - first_s < limits.BACKLOG_GROWTH_S:
        return None
    queued = events_of(timeline, drop.sid, Kind.PING_QUEUED)
    return _Backlog(
        drop,
        next(event for event in queued if event.at_ns == ping.queued_ns),
        (first_s, last_s),
        (late[0][0], late[-1][0]),
    )


def _overdue(timeline: Timeline, drop: Connection) -> Ping | None:
    """The PING that was queued before the loss and had not reached the client by then."""
    lost = drop.lost_ns or timeline.ended_ns
    for ping in pings_of(timeline, drop.sid):
        queued, arrived = ping.queued_ns, ping.received_ns
        if queued is not None and queued <= lost and (arrived is None or arrived >= lost):
            return ping
    return None


def _late_arrivals(
    timeline: Timeline, drop: Connection, since_ns: int
) -> list[tuple[Event, float]]:
    """Messages of the feed that came between the PING and the loss, and how late each was."""
    lost = drop.lost_ns or timeline.ended_ns
    begun = {
        at: emit.begun_ns
        for emit in timeline.emits
        if (at := emit.received_ns.get(drop.client)) is not None
    }
    return [
        (event, (event.at_ns - begun[event.at_ns]) / SECOND)
        for event in events_of(timeline, drop.sid, Kind.MESSAGE_RECEIVED)
        if event.at_ns in begun and since_ns < event.at_ns < lost
    ]


def _bytes_between(timeline: Timeline, seen: _Backlog) -> int:
    lost = seen.drop.lost_ns or timeline.ended_ns
    return sum(
        event.data["bytes"]
        for event in timeline.log.of(Kind.MESSAGE_EMITTED)
        if seen.ping.at_ns <= event.at_ns <= lost
    )

"""Connections that were ended between the two sides: neither closed it, and both were well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

# RFC 6455, 7.1.5: the code of a connection that ended without a Close frame.
_NO_CLOSE_FRAME = 1006
# How the client libraries word an end of TCP that they did not ask for (engineio client.py and
# async_client.py; engine.io-client's reason).
_ENDED_BY_OTHERS = ("connection was closed", "Connection reset", "Server sent close packet")
_TRANSPORT_CLOSE = "transport close"
_FOUND_BY_CLIENT = say("The client found its connection ended; it had not closed it")
_FOUND_BY_SERVER = say("The server found its connection ended; it had not closed it")
_PACKETS = (
    *(Kind.HANDSHAKE, Kind.CONNECTED, Kind.CLIENT_CONNECTED, Kind.MESSAGE_RECEIVED),
    *(Kind.PING_WRITTEN, Kind.PING_RECEIVED, Kind.PONG_SENT, Kind.PONG_RECEIVED),
)


def cuts(timeline: Timeline) -> tuple[Connection, ...]:
    """The drops whose TCP connection was ended between the sides, in order of time."""
    found = [drop for drop in timeline.drops if _is_cut(timeline, drop)]
    return tuple(sorted(found, key=lost_ns))


def without(timeline: Timeline) -> tuple[Truth, str]:
    """What can be said where no cut was found: nothing where a drop has one witness only."""
    if any(d.ended_ns is None or d.server_ended_ns is None for d in timeline.drops):
        return (
            Truth.UNKNOWN,
            say("A drop was seen from one side only, so nobody can tell who ended it."),
        )
    return Truth.REFUTED, say("No connection was ended between the two sides.")


def lost_ns(drop: Connection) -> int:
    """When the first side knew; every cut has that moment."""
    if drop.lost_ns is None:
        raise AssertionError("a drop is known to somebody")
    return drop.lost_ns


def _is_cut(timeline: Timeline, drop: Connection) -> bool:
    ended, server_ended = drop.ended_ns, drop.server_ended_ns
    if ended is None or server_ended is None or drop.transport == "polling":
        return False
    return (
        drop.close_code == _NO_CLOSE_FRAME
        and drop.server_reason == _TRANSPORT_CLOSE
        and abs(ended - server_ended) <= limits.CUT_WINDOW_S * SECOND
        and _client_was_surprised(drop)
        and not _server_closed(timeline, drop)
        and not _stalled(timeline, drop)
    )


def _client_was_surprised(drop: Connection) -> bool:
    if drop.client_kind == "node":
        return drop.client_reason == _TRANSPORT_CLOSE
    return any(words in (drop.client_log or "") for words in _ENDED_BY_OTHERS)


def _server_closed(timeline: Timeline, drop: Connection) -> bool:
    """Its process ended, its application asked for it, or it sent a Close frame of its own."""
    window = limits.SERVER_END_WINDOW_S * SECOND
    gone = any(
        event.data["role"] == "server"
        and not event.data["asked"]
        and abs(event.at_ns - lost_ns(drop)) <= window
        for event in timeline.log.of(Kind.PROCESS_ENDED)
    )
    ends = events_of(timeline, drop.sid, Kind.WEBSOCKET_ENDED)
    sent = any(event.data.get("sent_code") not in (None, 1005, 1006) for event in ends)
    return gone or sent or bool(events_of(timeline, drop.sid, Kind.DISCONNECT_CALLED))


def _stalled(timeline: Timeline, drop: Connection) -> bool:
    lost, window = lost_ns(drop), limits.SERVER_END_WINDOW_S * SECOND
    return any(
        stall.seconds >= limits.NO_STALL_S
        and stall.began_ns < lost
        and stall.ended_ns > lost - window
        and stall.client_kind in ("", drop.client_kind)
        for stall in (*timeline.stalls, *timeline.client_stalls)
    )


def moments(drops: Iterable[Connection]) -> int:
    """How many events these losses are: what was lost together is one."""
    times = sorted(lost_ns(drop) for drop in drops)
    count, last = 0, None
    for at in times:
        if last is None or at - last > limits.APART_S * SECOND:
            count, last = count + 1, at
    return count


def packets_of(timeline: Timeline, drop: Connection) -> tuple[Event, ...]:
    """What passed on this connection, either way, before it was lost."""
    at = lost_ns(drop)
    return tuple(e for e in events_of(timeline, drop.sid, *_PACKETS) if e.at_ns <= at)


def connection_age_s(timeline: Timeline, drop: Connection) -> float:
    """Seconds from the handshake (where nobody saw it: from connected) to the loss."""
    opened = events_of(timeline, drop.sid, Kind.HANDSHAKE)
    begun = opened[0].at_ns if opened else drop.connected_ns
    return (lost_ns(drop) - begun) / SECOND


def opening_delay_s(timeline: Timeline, drop: Connection) -> float:
    """How much older than its handshake the TCP connection may be, seconds: a server that stood
    still before it let the client wait. The longer of what the two monitors saw.
    """
    opened = events_of(timeline, drop.sid, Kind.HANDSHAKE)
    ended = opened[0].at_ns if opened else drop.connected_ns
    begun = ended - round(limits.OPENING_S * SECOND)
    by_monitor: dict[str, float] = defaultdict(float)
    for stall in timeline.stalls:
        within = min(stall.ended_ns, ended) - max(stall.began_ns, begun)
        by_monitor[stall.monitor] += max(within, 0) / SECOND
    return max(by_monitor.values(), default=0.0)


def idle_age_s(timeline: Timeline, drop: Connection) -> float:
    """Seconds from the last packet, either way, to the loss."""
    packets = packets_of(timeline, drop)
    return (lost_ns(drop) - (packets[-1].at_ns if packets else drop.connected_ns)) / SECOND


def longest_pause_s(timeline: Timeline, drop: Connection) -> float:
    """The longest time without a packet that this connection survived, seconds."""
    times = [event.at_ns for event in packets_of(timeline, drop)]
    pauses = (later - sooner for sooner, later in pairwise(times))
    return max(pauses, default=0) / SECOND


def constant(ages_s: Iterable[float]) -> bool:
    """Whether these are one number, up to what two busy machines add to it."""
    ages = list(ages_s)
    return max(ages) - min(ages) <= limits.CONSTANT_AGE_SPREAD_S


def cut_steps(timeline: Timeline, drop: Connection) -> tuple[Step, ...]:
    """The last packet, and how each side learned of the end."""
    packets = packets_of(timeline, drop)
    steps = [Step(say("The last packet passed"), packets[-1])] if packets else []
    for event in events_of(timeline, drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED):
        found = _FOUND_BY_CLIENT if event.kind is Kind.DISCONNECTED else _FOUND_BY_SERVER
        steps.append(Step(found, event))
    return tuple(steps)


def ends_of(timeline: Timeline, drops: Iterable[Connection]) -> tuple[Event, ...]:
    """The events with which the clients told of these losses."""
    sids = {drop.sid for drop in drops}
    return tuple(e for e in timeline.log.of(Kind.DISCONNECTED) if e.sid in sids)

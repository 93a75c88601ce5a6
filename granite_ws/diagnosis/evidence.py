"""What several checks look at: the last PING before a loss, stalls around it, who was blocked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Connection, Ping, Stall, Timeline

# Where a thread that has nothing to do rests: the innermost frame's function, as CPython names it.
_RESTING = re.compile(
    r" (wait|_wait_for_tstate_lock|select|poll|accept|get|recv|recv_into|readinto|sleep|"
    r"serve_forever|get_request|_send_ping|_service_task|hear|run|beat|readline|join|acquire|"
    r"_thread|acquire_with_timeout)$"
)
# The workbench's own watching, and an import that waits for a file and then for its turn.
_WATCHING = re.compile(r"^(edges/(stalls|stacks|orders|sampler)\.py|gevent/)")
_IMPORTING = re.compile(r"^<frozen importlib")
# Files of the standard library and of the workbench's own watching, never "what blocked".
_MACHINERY = re.compile(
    r"^(python3\.\d+/|threading\.py|edges/(stalls|stacks|orders|sampler)\.py|concurrent/|asyncio/)"
)


@dataclass(frozen=True)
class Advertised:
    """The heartbeat's numbers as the OPEN packet promised them to this client, seconds."""

    ping_interval_s: float
    ping_timeout_s: float


def advertised(timeline: Timeline, sid: str) -> Advertised | None:
    """What the wire promised; None where nobody recorded it."""
    for event in timeline.log.of(Kind.HANDSHAKE, Kind.CONNECTED):
        if event.sid == sid and "ping_interval_s" in event.data:
            return Advertised(event.data["ping_interval_s"], event.data["ping_timeout_s"])
    return None


def pings_of(timeline: Timeline, sid: str) -> tuple[Ping, ...]:
    """The heartbeat rounds of one connection, in order."""
    return tuple(ping for ping in timeline.pings if ping.sid == sid)


def events_of(timeline: Timeline, sid: str, *kinds: Kind) -> tuple[Event, ...]:
    """The events of these kinds that belong to one connection."""
    return timeline.log.of_connection(sid, *kinds)


def ending(timeline: Timeline, connection: Connection) -> Event | None:
    """The event with which the first of the two sides told of the loss."""
    ends = events_of(timeline, connection.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED)
    return ends[0] if ends else None


def told_by(event: Event) -> Phrase:
    """In words: which side told of the loss with this event, and what it said."""
    said = event.data.get("last_log") or event.data.get("reason")
    if event.kind is Kind.DISCONNECTED:
        return say("The client ended it: {said}", said=said)
    return say("The server ended it: {said}", said=said)


def last_heartbeat_ns(timeline: Timeline, connection: Connection) -> int:
    """When the last whole PING/PONG round before the loss ended; else when it connected."""
    lost = connection.lost_ns or timeline.ended_ns
    answered = [
        ping.pong_received_ns
        for ping in pings_of(timeline, connection.sid)
        if ping.pong_received_ns is not None and ping.pong_received_ns <= lost
    ]
    return max(answered, default=connection.connected_ns)


def stalls_before(
    timeline: Timeline,
    connection: Connection,
    *,
    monitor: str,
    at_least_s: float,
    stalls: Iterable[Stall] | None = None,
) -> tuple[Stall, ...]:
    """Stalls of one monitor that overlap the time from the last heartbeat to the loss.

    stalls: the server's by default; give ``timeline.client_stalls`` for the clients'.
    """
    begun = last_heartbeat_ns(timeline, connection)
    lost = connection.lost_ns or timeline.ended_ns
    return tuple(
        stall
        for stall in (timeline.stalls if stalls is None else stalls)
        if stall.monitor == monitor
        and stall.seconds >= at_least_s
        and stall.began_ns < lost
        and stall.ended_ns > begun
    )


def threads_at_work(stack: Event | None) -> tuple[tuple[str, ...], ...]:
    """The frames, innermost first, of every thread that was not at rest at this look."""
    if stack is None:
        return ()
    threads = [tuple(thread["frames"]) for thread in stack.data["threads"] if thread["frames"]]
    return tuple(
        frames
        for frames in threads
        if not _RESTING.search(frames[0]) and not _WATCHING.search(frames[0])
    )


def busy_threads(stack: Event | None) -> tuple[tuple[str, ...], ...]:
    """The thread that had the interpreter lock, where an onlooker from outside saw which; else
    every thread that was not at rest.
    """
    threads = [] if stack is None else stack.data["threads"]
    holding = tuple(tuple(t["frames"]) for t in threads if t.get("owns_gil") and t["frames"])
    return holding or threads_at_work(stack)


def own_frame(frames: tuple[str, ...]) -> str:
    """The innermost frame that is no machinery: where a person would look first."""
    return next((frame for frame in frames if not _MACHINERY.search(frame)), frames[0])


def blocked_frame(stack: Event | None) -> str:
    """``file:line function`` of the thread that held the interpreter lock, where that was seen;
    else of the one that did not rest while the others waited for it.

    Empty where no stack was taken, or where several threads or none look busy: then nobody can
    tell, and nobody is blamed. An import counts only where nothing else was busy.
    """
    if stack is not None:
        holding = [t["frames"] for t in stack.data["threads"] if t.get("owns_gil") and t["frames"]]
        if len(holding) == 1:  # an onlooker from outside saw who had the interpreter lock
            return own_frame(tuple(holding[0]))
    busy = busy_threads(stack)
    working = [frames for frames in busy if not _IMPORTING.search(frames[0])] or busy
    return own_frame(working[0]) if len(working) == 1 else ""

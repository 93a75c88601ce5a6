"""What the stacks tell of the threads that serve a connection: in a handler, or in the logging.

python-engineio reads a connection's packets in one thread, and what python-socketio calls from
there runs in it too: PONGs wait meanwhile. Frames are ``file:line function``, innermost first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import (
    advertised,
    ending,
    events_of,
    last_heartbeat_ns,
    pings_of,
    stalls_before,
)
from granite_ws.events import Event, Kind, Witness
from granite_ws.heartbeat import Heartbeat, tolerance
from granite_ws.phrase import Phrase, say, say_many
from granite_ws.timeline import SECOND, Connection, Ping, Timeline

# The receive loop's own frame, in threads and in asyncio (engineio ``socket.py``).
READING = r"engineio/(async_)?socket\.py:\d+ receive"
THREADS = "threading"  # as the loop's heartbeat names what schedules it
# Whoever finds a client gone, the service task or an emitter, closes it from here.
NOTICING = r"engineio/(async_)?socket\.py:\d+ check_ping_timeout"
_ENGINE = re.compile(r"^engineio/")
_SENDING = re.compile(r"^engineio/(async_)?socket\.py:\d+ send$")
_LIBRARY = re.compile(r"^(socketio|engineio|flask_socketio|flask|asyncio|python3\.\d+)/")
_LOGGING = re.compile(r"^logging/(__init__|handlers)\.py:\d+ ")
_HANDLING = re.compile(r"^logging/__init__\.py:\d+ handle$")
_WAITING = re.compile(r"^logging/__init__\.py:\d+ (acquire|handle)$")
_WRITING = re.compile(r"^logging/(__init__|handlers)\.py:\d+ (emit|flush)$")


def is_watched(timeline: Timeline) -> bool:
    """Whether the server's heartbeat beat: from it the looks at the stacks are taken."""
    return any(event.data["monitor"] == "thread" for event in _monitors(timeline))


def sees_all(timeline: Timeline) -> bool:
    """Whether looks at the stacks show whoever waits: a greenlet or a coroutine is on none."""
    schedulers = {event.data.get("scheduler", THREADS) for event in _monitors(timeline)}
    return is_watched(timeline) and schedulers == {THREADS}


def _monitors(timeline: Timeline) -> tuple[Event, ...]:
    started = timeline.log.of(Kind.MONITOR_STARTED)
    return tuple(event for event in started if event.witness is Witness.SERVER)


def stood_still(timeline: Timeline, drop: Connection) -> bool:
    """Whether the server's OS thread stood still so long before this loss that it may be why.

    The bound is the heartbeat's own: a stall below it drops nobody, at whatever phase.
    """
    least_s = harmless_ns(timeline, drop) / SECOND
    return bool(stalls_before(timeline, drop, monitor="thread", at_least_s=least_s))


def harmless_ns(timeline: Timeline, drop: Connection) -> int:
    """What standstill drops this client at no phase yet; 0 where nobody knows pi and pt.

    The blur of what a standstill is measured with is taken off.
    """
    promised = advertised(timeline, drop.sid)
    if promised is None:
        return 0
    numbers = Heartbeat(promised.ping_interval_s, promised.ping_timeout_s)
    harmless_s, _ = tolerance(drop.client_kind, numbers)
    return max(0, round((harmless_s - limits.STALL_BLUR_S) * SECOND))


def handler_frame(stack: Event, entry: str, *, below: str = READING) -> str:
    """The application's frame in a thread that the library entered through function ``entry``.

    below: a frame that must be further out in that thread, as a pattern. Empty where no thread is
    there, or where it has come back to the library, to wait for a log line say.
    """
    entered = re.compile(rf"^socketio/(async_)?(server|manager|base_manager)\.py:\d+ {entry}$")
    outer = re.compile(rf"^{below}$")
    for thread in stack.data["threads"]:
        frames = thread["frames"]
        doors = [place for place, frame in enumerate(frames) if entered.match(frame)]
        if not doors or _LOGGING.match(frames[0]):
            continue
        if not any(outer.match(frame) for frame in frames[doors[-1] :]):
            continue
        inside = [frame for frame in frames[: doors[0]] if not _LIBRARY.match(frame)]
        if inside:
            return str(inside[-1])
    return ""


@dataclass(frozen=True)
class Jam:
    """Threads of the connections that wait while another one hands a line to a log handler.

    holder: that thread's name. frame: where the line came from. is_writing: it is in the very
    write. is_packet: the line is a packet that goes out. waiting: how many threads wait.
    """

    holder: str
    frame: str
    is_writing: bool
    is_packet: bool
    waiting: int

    @property
    def queue(self) -> Phrase:
        """How many wait, in words."""
        return say_many("{count} thread", "{count} threads", self.waiting)


def jam_in(stack: Event) -> Jam | None:
    """The jam that this look shows, if any."""
    threads = [(str(t["thread"]), list(t["frames"])) for t in stack.data["threads"] if t["frames"]]
    waiting = [frames for _, frames in threads if _WAITING.match(frames[0])]
    serving = [frames for frames in waiting if any(map(_ENGINE.match, frames))]
    for name, frames in threads:
        if _WAITING.match(frames[0]) or not any(map(_HANDLING.match, frames)):
            continue
        if not serving:
            continue
        # Where the line came from: the first frame outside of logging that called it.
        last = max(place for place, frame in enumerate(frames) if _LOGGING.match(frame))
        callers = frames[last + 1 :]
        return Jam(
            holder=name,
            frame=str(callers[0]) if callers else "",
            is_writing=bool(_WRITING.match(frames[0])),
            is_packet=any(map(_SENDING.match, callers)),
            waiting=len(waiting),
        )
    return None


def looks_before(timeline: Timeline, drop: Connection) -> tuple[Event, ...]:
    """The looks at the stacks between a drop's last whole heartbeat and its loss."""
    begun, lost = last_heartbeat_ns(timeline, drop), drop.lost_ns or timeline.ended_ns
    return tuple(e for e in timeline.log.of(Kind.STACK) if begun < e.at_ns <= lost)


def unread_ping(timeline: Timeline, drop: Connection) -> Ping | None:
    """The PING before this loss whose PONG was not read in time although the client answered.

    None, too, where its client was watched and did not answer before the loss.
    """
    lost = drop.lost_ns or timeline.ended_ns
    rounds = [p for p in pings_of(timeline, drop.sid) if p.queued_ns and p.queued_ns <= lost]
    if not rounds:
        return None
    last = rounds[-1]
    if last.pong_received_ns is not None and last.pong_received_ns <= lost:
        return None
    answers = any(ping.pong_sent_ns is not None for ping in rounds)
    answered = last.pong_sent_ns is not None and last.pong_sent_ns <= lost
    return last if answered or not answers else None


def event_at(timeline: Timeline, sid: str, kind: Kind, at_ns: int | None) -> Event | None:
    """The event of this kind and moment."""
    found = [event for event in events_of(timeline, sid, kind) if event.at_ns == at_ns]
    return found[0] if found else None


def in_order(steps: list[tuple[str, Event | None]]) -> list[tuple[str, Event]]:
    """The steps whose event is there, by time."""
    return sorted(((text, e) for text, e in steps if e is not None), key=lambda s: s[1].at_ns)


def loss_of(timeline: Timeline, drop: Connection) -> tuple[str, Event | None]:
    """The last step of every path: who told of the loss first, and in which words."""
    event = ending(timeline, drop)
    if event is None:
        return say("The connection was lost"), None
    reason = event.data["reason"]
    if event.kind is Kind.DISCONNECTED:
        return say("The client ended the connection: {reason}", reason=reason), event
    return say("The server ended the connection: {reason}", reason=reason), event


def seconds_between(begun_ns: int, ended_ns: int) -> float:
    """Seconds from one moment to the other."""
    return (ended_ns - begun_ns) / SECOND

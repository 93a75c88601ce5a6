"""One shape of cause: threads of the connections wait for a log handler that another one holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of, last_heartbeat_ns
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.diagnosis.stalls.reading import Jam
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

# What comes only after a line of the library was handled: python-socketio logs each emit first.
_LOGGED = (Kind.MESSAGE_EMITTED, Kind.EMIT_DONE)


_NOT_THIS = say("The threads that serve a dropped client waited for a log line, but not for this.")
_NOTHING = say("The threads that serve a dropped client did not wait for the log.")


@dataclass(frozen=True)
class Jammed:
    """One drop, the look that shows the jam before it, and the large message it logs, if any."""

    drop: Connection
    look: Event
    jam: Jam
    payload: Event | None


@dataclass(frozen=True)
class Jamming:
    """What one check looks for, and its words.

    guilty: whether such a jam is this cause. claim: the sentence. begun: the first step's words
    and event, where there is one.
    """

    code: str
    cause: str
    guilty: Callable[[Jammed], bool]
    claim: Callable[[Jammed], str]
    begun: Callable[[Jammed], tuple[str, Event | None]]
    remedy: str
    references: tuple[str, ...] = ()


def judge_jam(timeline: Timeline, wanted: Jamming) -> Finding:
    """SUPPORTED when threads of a dropped client's server waited for such a log line."""

    def finding(truth: Truth, words: str) -> Finding:
        return Finding(wanted.code, wanted.cause, truth, words)

    if not timeline.drops:
        return finding(Truth.REFUTED, say("No connection was lost."))
    if not reading.sees_all(timeline):
        return finding(
            Truth.UNKNOWN, say("Nobody looked at what the server's threads were doing.")
        )
    jammed = [one for drop in timeline.drops if (one := _jammed(timeline, drop)) is not None]
    found = [one for one in jammed if wanted.guilty(one)]
    if not found:
        return finding(Truth.REFUTED, _NOT_THIS if jammed else _NOTHING)
    first = found[0]
    return Finding(
        wanted.code,
        wanted.cause,
        Truth.SUPPORTED,
        wanted.claim(first),
        evidence=tuple(one.look for one in found),
        explains=tuple(one.drop.sid for one in found),
        remedy=wanted.remedy,
        path=_path(timeline, first, wanted),
        blocked_at=first.jam.frame,
        references=wanted.references,
    )


def _jammed(timeline: Timeline, drop: Connection) -> Jammed | None:
    if reading.stood_still(timeline, drop):
        return None
    for look in reading.looks_before(timeline, drop):
        jam = reading.jam_in(look)
        if jam is not None and _lasted_ns(timeline, look) > reading.harmless_ns(timeline, drop):
            return Jammed(drop, look, jam, _payload(timeline, drop, look, jam))
    return None


def _lasted_ns(timeline: Timeline, look: Event) -> int:
    """For how long nothing that has to be logged was done around this look."""
    done = [event.at_ns for event in timeline.log.of(*_LOGGED)]
    begun = max((at for at in done if at <= look.at_ns), default=timeline.begun_ns)
    ended = min((at for at in done if at > look.at_ns), default=timeline.ended_ns)
    return ended - begun


def _payload(timeline: Timeline, drop: Connection, look: Event, jam: Jam) -> Event | None:
    """The large message that the jam's holder emitted last, before or during the silence."""
    begun = last_heartbeat_ns(timeline, drop) - limits.LOGGED_BEFORE_S * SECOND
    large = [
        event
        for event in timeline.log.of(Kind.MESSAGE_EMITTED)
        if begun <= event.at_ns <= look.at_ns
        and event.data["thread"] == jam.holder
        and event.data["bytes"] >= limits.LARGE_LINE_BYTES
    ]
    return large[-1] if large and jam.is_packet else None


def _path(timeline: Timeline, first: Jammed, wanted: Jamming) -> tuple[Step, ...]:
    pongs = events_of(timeline, first.drop.sid, Kind.PONG_RECEIVED)
    pong = next((e for e in reversed(pongs) if e.at_ns <= first.look.at_ns), None)
    handing = say(
        "A thread was handing a line to the log ({frame}): {threads} waited for it, and no PING "
        "went out",
        frame=first.jam.frame,
        threads=first.jam.queue,
    )
    steps = [
        wanted.begun(first),
        (say("The last PONG came; what was to follow waits for a log line"), pong),
        (handing, first.look),
        reading.loss_of(timeline, first.drop),
    ]
    return tuple(Step(text, event) for text, event in reading.in_order(steps))

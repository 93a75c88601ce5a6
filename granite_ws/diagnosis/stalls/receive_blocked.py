"""One shape of cause: the thread that should read a client's PONG is in the application's code."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Connection, Ping, Timeline


@dataclass(frozen=True)
class Blocking:
    """What one check looks for: the library's function through which the thread left, and words.

    entry:  as a pattern, a function of python-socketio's server (read at 5.18).
    doing:  what the application does there, after "busy with".
    """

    code: str
    cause: str
    entry: str
    doing: str
    remedy: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Blocked:
    drop: Connection
    ping: Ping
    look: Event
    frame: str


def judge_blocking(timeline: Timeline, wanted: Blocking) -> Finding:
    """SUPPORTED when a dropped client's PONG lay unread while a look found the thread there."""

    def finding(truth: Truth, words: str) -> Finding:
        return Finding(wanted.code, wanted.cause, truth, words)

    if not timeline.drops:
        return finding(Truth.REFUTED, say("No connection was lost."))
    if not reading.sees_all(timeline):
        return finding(
            Truth.UNKNOWN, say("Nobody looked at what the server's threads were doing.")
        )
    found = [one for drop in timeline.drops if (one := _blocked(timeline, drop, wanted.entry))]
    if not found:
        return finding(
            Truth.REFUTED,
            say("No dropped client's PONG lay unread behind {doing}.", doing=wanted.doing),
        )
    first = found[0]
    return Finding(
        wanted.code,
        wanted.cause,
        Truth.SUPPORTED,
        _claim(timeline, first, wanted),
        evidence=(first.look, *_late_pongs(timeline, found)),
        explains=tuple(one.drop.sid for one in found),
        remedy=wanted.remedy,
        path=_path(timeline, first, wanted),
        blocked_at=first.frame,
        references=wanted.references,
    )


def _blocked(timeline: Timeline, drop: Connection, entry: str) -> _Blocked | None:
    ping = reading.unread_ping(timeline, drop)
    if ping is None or reading.stood_still(timeline, drop):
        return None
    lost = drop.lost_ns or timeline.ended_ns
    for look in events_of(timeline, drop.sid, Kind.STACK):
        if (ping.queued_ns or 0) <= look.at_ns <= lost:
            frame = reading.handler_frame(look, entry)
            if frame:
                return _Blocked(drop, ping, look, frame)
    return None


def _late_pongs(timeline: Timeline, found: list[_Blocked]) -> tuple[Event, ...]:
    pairs = ((one.drop.sid, one.ping.pong_received_ns) for one in found)
    late = (reading.event_at(timeline, sid, Kind.PONG_RECEIVED, at) for sid, at in pairs)
    return tuple(event for event in late if event is not None)


def _claim(timeline: Timeline, one: _Blocked, wanted: Blocking) -> Phrase:
    queued, read = one.ping.queued_ns or 0, one.ping.pong_received_ns
    waited = reading.seconds_between(queued, read or one.drop.lost_ns or timeline.ended_ns)
    ended = say("was read") if read is not None else say("was still unread at the loss")
    return say(
        "The thread that reads this client's packets was busy with {doing} ({frame}); the answer "
        "to a PING {ended} {seconds:.1f} s after it, while the server itself never stood still.",
        doing=wanted.doing,
        frame=one.frame,
        ended=ended,
        seconds=waited,
    )


def _path(timeline: Timeline, one: _Blocked, wanted: Blocking) -> tuple[Step, ...]:
    sid, ping = one.drop.sid, one.ping
    within = say("The reading thread was in {doing}: {frame}", doing=wanted.doing, frame=one.frame)
    steps = [
        (say("The server sent a PING"), _at(timeline, sid, Kind.PING_QUEUED, ping.queued_ns)),
        (say("The client answered it"), _at(timeline, sid, Kind.PONG_SENT, ping.pong_sent_ns)),
        (within, one.look),
        reading.loss_of(timeline, one.drop),
    ]
    return tuple(Step(text, event) for text, event in reading.in_order(steps))


def _at(timeline: Timeline, sid: str, kind: Kind, at_ns: int | None) -> Event | None:
    return reading.event_at(timeline, sid, kind, at_ns)

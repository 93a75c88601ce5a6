"""GWS124: the disconnect handler is slow, and runs in whoever noticed that a client was gone."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS124", "slow_disconnect_handler"
_GONE = "Client is gone"  # engineio socket.py ``check_ping_timeout``: before and after the handler
_ENTRY = "_handle_eio_disconnect"


@dataclass(frozen=True)
class _Farewell:
    """One look at a disconnect handler, with the server's lines before and after it, if any."""

    look: Event
    frame: str
    before: Event | None
    after: Event | None

    @property
    def seconds(self) -> float | None:
        """How long the handler took; None where its end or beginning was not told."""
        if self.before is None or self.after is None:
            return None
        return reading.seconds_between(self.before.at_ns, self.after.at_ns)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a look found the monitor or an emitter inside the disconnect handler."""
    if not reading.sees_all(timeline):
        return _finding(
            Truth.UNKNOWN, say("Nobody looked at what the server's threads were doing.")
        )
    looks = (_farewell(timeline, look) for look in timeline.log.of(Kind.STACK))
    found = [one for one in looks if one is not None and _is_slow(timeline, one)]
    if not found:
        words = say("No disconnect handler held up whoever noticed that a client was gone.")
        return _finding(Truth.REFUTED, words)
    one = found[0]
    within = say("Whoever noticed was still in the disconnect handler: {frame}", frame=one.frame)
    steps: list[tuple[str, Event | None]] = [
        (say("The server noticed that a client was gone"), one.before),
        (within, one.look),
        (say("The handler returned"), one.after),
    ]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The disconnect handler ({frame}) {lasted} in {who}, which had noticed that a client "
            "was gone{harm}.",
            frame=one.frame,
            lasted=_lasted(one),
            who=_who(one.look),
            harm=_harm(timeline, one.look),
        ),
        evidence=tuple(event for _, event in steps if event is not None),
        remedy=say(
            "Return from the disconnect handler at once: start its work with "
            "socketio.start_background_task(work)."
        ),
        path=tuple(Step(text, event) for text, event in reading.in_order(steps)),
        blocked_at=one.frame,
    )


def _finding(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _farewell(timeline: Timeline, look: Event) -> _Farewell | None:
    frame = reading.handler_frame(look, _ENTRY, below=reading.NOTICING)
    if look.sid is None or not frame:
        return None
    lines = events_of(timeline, look.sid, Kind.SERVER_LOG)
    gone = [event for event in lines if _GONE in event.data["line"]]
    before = next((event for event in gone if event.at_ns <= look.at_ns), None)
    # Other emitters may say so too while the handler runs; the last to say it comes back from it.
    after = next((event for event in reversed(gone) if event.at_ns > look.at_ns), None)
    return _Farewell(look, frame, before, after)


def _is_slow(timeline: Timeline, one: _Farewell) -> bool:
    """Slow by itself: the time in which the whole server stood still does not count."""
    seconds = limits.SLOW_DISCONNECT_S if one.seconds is None else one.seconds
    ended = one.after.at_ns if one.after else one.look.at_ns
    begun = ended - round(seconds * SECOND)
    stood_ns = sum(
        max(0, min(stall.ended_ns, ended) - max(stall.began_ns, begun))
        for stall in timeline.stalls
        if stall.monitor == "thread"
    )
    return seconds - stood_ns / SECOND >= limits.SLOW_DISCONNECT_S


def _lasted(one: _Farewell) -> Phrase:
    if one.seconds is None:
        return say("took more than {seconds:g} s", seconds=limits.SLOW_DISCONNECT_S)
    return say("took {seconds:.1f} s", seconds=one.seconds)


def _who(look: Event) -> Phrase:
    for thread in look.data["threads"]:
        if any("check_ping_timeout" in frame for frame in thread["frames"]):
            task = any("_service_task" in frame for frame in thread["frames"])
            if task:
                return say("the task that watches all clients")
            return say("a thread that emits")
    return say("another thread")


def _harm(timeline: Timeline, look: Event) -> str:
    """The feed's own emit that was held up meanwhile."""
    begun = [e for e in timeline.log.of(Kind.EMIT_BEGUN) if e.at_ns <= look.at_ns]
    if not begun:
        return ""
    number = begun[-1].data["iteration"]
    done = [e for e in timeline.log.of(Kind.EMIT_DONE) if e.data["iteration"] == number]
    if done and done[0].at_ns <= look.at_ns:
        return ""
    if not done:
        return say("; the emit of iteration {iteration} never returned", iteration=number)
    held_s = reading.seconds_between(begun[-1].at_ns, done[0].at_ns)
    return say(
        "; the emit of iteration {iteration} was held up for {seconds:.1f} s",
        iteration=number,
        seconds=held_s,
    )

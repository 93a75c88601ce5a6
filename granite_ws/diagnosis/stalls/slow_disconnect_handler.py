"""GWS124: the disconnect handler is slow, and runs in whoever noticed that a client was gone."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Event, Kind
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS124", "slow_disconnect_handler"
_GONE = "Client is gone"  # engineio socket.py ``check_ping_timeout``: before and after the handler
_ENTRY = "_handle_eio_disconnect"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a look found the monitor or an emitter inside the disconnect handler."""
    if not reading.is_watched(timeline):
        return _say(Truth.UNKNOWN, "Nobody looked at what the server's threads were doing.")
    looks = timeline.log.of(Kind.STACK)
    found = [
        (look, frame)
        for look in looks
        if look.sid is not None
        and (frame := reading.handler_frame(look, _ENTRY, below=reading.NOTICING))
        and not _stood_still(timeline, look)
    ]
    if not found:
        words = "No disconnect handler held up whoever noticed that a client was gone."
        return _say(Truth.REFUTED, words)
    look, frame = found[0]
    gone = [e for e in events_of(timeline, str(look.sid), Kind.SERVER_LOG) if _is_gone(e)]
    before = [event for event in gone if event.at_ns <= look.at_ns]
    after = [event for event in gone if event.at_ns > look.at_ns]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        f"The disconnect handler ({frame}) {_lasted(before, after)} in {_who(look)}, which had "
        f"noticed that a client was gone{_harm(timeline, look)}.",
        evidence=(*before[-1:], look, *after[:1]),
        remedy="Return from the disconnect handler at once: start its work with "
        "socketio.start_background_task(work).",
        path=(
            *(Step("The server noticed that a client was gone", e) for e in before[-1:]),
            Step(f"Whoever noticed was still in the disconnect handler: {frame}", look),
            *(Step("The handler returned", event) for event in after[:1]),
        ),
        blocked_at=frame,
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _is_gone(event: Event) -> bool:
    return _GONE in event.data["line"]


def _stood_still(timeline: Timeline, look: Event) -> bool:
    """A whole server that stands still says nothing about one handler."""
    window = limits.SLOW_DISCONNECT_S * SECOND
    return any(
        stall.monitor == "thread"
        and stall.seconds >= limits.SLOW_DISCONNECT_S / 2
        and stall.began_ns < look.at_ns
        and stall.ended_ns > look.at_ns - window
        for stall in timeline.stalls
    )


def _lasted(before: list[Event], after: list[Event]) -> str:
    if not before or not after:
        return f"took more than {limits.SLOW_DISCONNECT_S:g} s"
    return f"took {reading.seconds_between(before[-1].at_ns, after[0].at_ns):.1f} s"


def _who(look: Event) -> str:
    for thread in look.data["threads"]:
        if any("check_ping_timeout" in frame for frame in thread["frames"]):
            task = any("_service_task" in frame for frame in thread["frames"])
            return "the task that watches all clients" if task else "a thread that emits"
    return "another thread"


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
        return f"; the emit of iteration {number} never returned"
    held_s = reading.seconds_between(begun[-1].at_ns, done[0].at_ns)
    return f"; the emit of iteration {number} was held up for {held_s:.1f} s"

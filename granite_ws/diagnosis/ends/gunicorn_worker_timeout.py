"""GWS208: gunicorn's master ended a worker that did not report in time."""

from __future__ import annotations

import re

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.ends.process_end import gave_up, lines_of, open_at, sids, unwatched, way
from granite_ws.diagnosis.evidence import blocked_frame, last_heartbeat_ns
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS208", "gunicorn_worker_timeout"
_TIMEOUT = re.compile(r"WORKER TIMEOUT \(pid:(\d+)\)")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by the master's own line and drops right after it."""
    told = lines_of(timeline, _TIMEOUT)
    if not told:
        if not unwatched(timeline):
            return _finding(Truth.REFUTED, say("No master told of a worker's timeout."))
        return _finding(Truth.UNKNOWN, say("Nobody read what the server wrote to its terminal."))
    taken = [(event, drops) for event in told if (drops := _taken_along(timeline, event))]
    if taken:
        return _supported(timeline, taken)
    alone = [event for event in told if open_at(timeline, event.at_ns)]
    if unwatched(timeline) and alone:
        return _supported(timeline, [(alone[0], ())])
    return _finding(
        Truth.UNKNOWN, say("A worker was ended for its timeout when no client was lost.")
    )


def _taken_along(timeline: Timeline, told: Event) -> tuple[Connection, ...]:
    """Lost between the first signal to the worker and the last one, or just before we read it."""
    begun = told.at_ns - limits.LINE_SLACK_S * SECOND
    ended = told.at_ns + limits.WORKER_END_WINDOW_S * SECOND
    return tuple(
        drop
        for drop in timeline.drops
        if drop.ended_ns is not None and begun <= drop.ended_ns <= ended and not gave_up(drop)
    )


def _supported(timeline: Timeline, taken: list[tuple[Event, tuple[Connection, ...]]]) -> Finding:
    """Told of the first timeout; what later ones took along is explained as well."""
    told, drops = taken[0]
    found = _TIMEOUT.search(told.data["line"])
    pid = found[1] if found else "?"
    known = (drops or open_at(timeline, told.at_ns))[0]
    stack = _still_at(timeline, told, known)
    where = blocked_frame(stack)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "gunicorn's master ended worker {pid}, which{blocked} had not reported within its "
            "timeout; its last PING and PONG were {seconds:.1f} s old.",
            pid=pid,
            blocked=say(", blocked in {where},", where=where) if where else "",
            seconds=(told.at_ns - last_heartbeat_ns(timeline, known)) / SECOND,
        ),
        evidence=(*(event for event, _ in taken), *((stack,) if stack else ())),
        explains=sids(drop for _, lost in taken for drop in lost),
        remedy=say(
            "Take what blocks out of the worker (a process of its own for the model, or "
            "gevent's threadpool); --timeout above the longest forecast only hides it."
        ),
        path=way(
            timeline,
            drops,
            *([Step(_standing(where), stack)] if stack else []),
            Step(say("the master's limit has passed, and it ends the worker"), told),
            last=say("the worker was gone, and the client's connection broke"),
        ),
        blocked_at=where,
        references=("Flask-SocketIO#1572", "Flask-SocketIO#865", "gunicorn#2782"),
    )


def _standing(where: str) -> Phrase:
    if where:
        return say("the worker stands still in {where}", where=where)
    return say("the worker stands still")


def _still_at(timeline: Timeline, told: Event, drop: Connection) -> Event | None:
    """The look at the stacks that was taken since the last heartbeat."""
    begun = last_heartbeat_ns(timeline, drop)
    looks = [e for e in timeline.log.of(Kind.STACK) if begun <= e.at_ns <= told.at_ns]
    return looks[-1] if looks else None


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

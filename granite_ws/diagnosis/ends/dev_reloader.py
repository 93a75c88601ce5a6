"""GWS207: a development server started itself again because a file changed."""

from __future__ import annotations

import re

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.ends.process_end import lines_of, open_at, sids, unwatched, way
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, join, say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS207", "dev_reloader"
# Werkzeug's words (``_reloader.py``), and uvicorn's (``supervisors/basereload.py``).
_CHANGED = re.compile(r"Detected change in '(.*)', reloading|detected changes in '(.*?)'")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by the reloader's own line and drops beside it."""
    changed = lines_of(timeline, _CHANGED)
    if not changed:
        if not unwatched(timeline):
            return _finding(Truth.REFUTED, say("No reloader told of a changed file."))
        return _finding(Truth.UNKNOWN, say("Nobody read what the server wrote to its terminal."))
    taken = [(event, drops) for event in changed if (drops := _taken_along(timeline, event))]
    if taken:
        return _supported(timeline, taken)
    alone = [event for event in changed if open_at(timeline, event.at_ns)]
    if unwatched(timeline) and alone:
        return _supported(timeline, [(alone[0], ())])
    return _finding(
        Truth.UNKNOWN, say("A reloader told of a changed file when no client was lost.")
    )


def _taken_along(timeline: Timeline, changed: Event) -> tuple[Connection, ...]:
    """Open when the line was written, lost before the next process listened: none survives.

    A process that takes long to exit still holds its sockets; its clients then wait for their own
    deadline.
    """
    begun = changed.at_ns - limits.LINE_SLACK_S * SECOND
    later = [e.at_ns for e in timeline.log.of(Kind.LISTENING) if e.at_ns > changed.at_ns]
    until = min(later, default=timeline.ended_ns)
    return tuple(
        drop
        for drop in timeline.drops
        if drop.ended_ns is not None
        and drop.connected_ns < changed.at_ns
        and begun <= drop.ended_ns <= until
    )


def _supported(timeline: Timeline, taken: list[tuple[Event, tuple[Connection, ...]]]) -> Finding:
    """Told of the first change; what later ones took along is explained as well."""
    changed, drops = taken[0]
    later = [e for e in timeline.log.of(Kind.LISTENING) if e.at_ns > changed.at_ns]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        join(" ", (_claim(changed), _again(changed, later))),
        evidence=(*(event for event, _ in taken), *later[:1]),
        explains=sids(drop for _, lost in taken for drop in lost),
        remedy=say(
            "Run with use_reloader=False (debug may stay on), or keep files that are written "
            "while it runs out of the watched folders (exclude_patterns)."
        ),
        path=way(
            timeline,
            drops,
            Step(say("the reloader saw a changed file"), changed),
            last=say("the old process ended, and the client's connection with it"),
        ),
        references=("Flask-SocketIO#949", "Flask-SocketIO#684"),
    )


def _claim(changed: Event) -> Phrase:
    found = _CHANGED.search(changed.data["line"])
    path = next((part for part in found.groups() if part), "") if found else ""
    return say(
        "The development server saw {file} change and started itself again, which ends every "
        "connection.",
        file=path.rsplit("/", 1)[-1] if path else say("a file"),
    )


def _again(changed: Event, later: list[Event]) -> str:
    if not later:
        return ""
    seconds = (later[0].at_ns - changed.at_ns) / SECOND
    return say("It listened again {seconds:.1f} s later.", seconds=seconds)


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

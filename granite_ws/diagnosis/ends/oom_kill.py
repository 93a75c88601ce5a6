"""GWS202: the server's memory grew until it was killed, as the kernel's OOM killer does it."""

from __future__ import annotations

import re

from granite_ws.diagnosis.ends.memory import Memory, megabytes, memory_before
from granite_ws.diagnosis.ends.process_end import (
    SIGKILL,
    End,
    lines_of,
    open_at,
    sids,
    taken_along,
    unasked_ends,
    unwatched,
    way,
)
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.phrase import join, say
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS202", "oom_kill"
_KERNEL = re.compile(r"Out of memory: Killed process|oom-kill")
_LOOK = say(
    "Look for 'oom-kill' in the kernel's log (journalctl -k, or oom_kill in the cgroup's "
    "memory.events)."
)
_REMEDY = say(
    "Give the server a memory limit above what one forecast needs, bound what it keeps, and run "
    "the model in a process of its own."
)
_REFERENCES = ("Flask-SocketIO#683", "Flask-SocketIO#1302")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by the kernel's own line, or by SIGKILL at the end of a steep growth of memory,
    and drops beside it. The latter is inferred: the kernel's log is seldom readable.
    """
    return _told_by_kernel(timeline) or _read_from_memory(timeline)


def _read_from_memory(timeline: Timeline) -> Finding:
    ends = unasked_ends(timeline)
    if ends is None:
        return _finding(Truth.UNKNOWN, say("Nobody saw the server process end."))
    killed = [end for end in ends if end.signal == SIGKILL]
    if not killed:
        return _finding(Truth.REFUTED, say("No SIGKILL ended the server process."))
    end = killed[-1]
    memory = memory_before(timeline, end.event)
    if memory is None:
        return _finding(Truth.UNKNOWN, say("SIGKILL ended the server, and nobody saw its memory."))
    if memory.flat:
        return _finding(
            Truth.REFUTED, say("SIGKILL ended the server, and its memory had not grown.")
        )
    if not memory.ramp or not taken_along(timeline, end):
        return _finding(
            Truth.UNKNOWN, say("SIGKILL ended the server; its memory tells no reason.")
        )
    return _supported(timeline, end, memory)


def _told_by_kernel(timeline: Timeline) -> Finding | None:
    """The kernel's line in a log, where connections broke or stood when it was written."""
    for line in lines_of(timeline, _KERNEL):
        drops = taken_along(timeline, End(line, SIGKILL, None))
        if drops or (unwatched(timeline) and open_at(timeline, line.at_ns)):
            return Finding(
                CODE,
                CAUSE,
                Truth.SUPPORTED,
                say("Memory ran out, and the kernel killed a process: its own log says so."),
                evidence=(line,),
                explains=sids(drops),
                remedy=_REMEDY,
                path=way(
                    timeline,
                    drops,
                    Step(say("the kernel kills a process for its memory"), line),
                    last=say("the server was gone, and the client's connection broke"),
                ),
                references=_REFERENCES,
            )
    return None


def _supported(timeline: Timeline, end: End, memory: Memory) -> Finding:
    drops = taken_along(timeline, end)
    low, high = (megabytes(at.data["rss_bytes"]) for at in (memory.low, memory.last))
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server's memory grew from {low} to {high} in {seconds:.0f} s, then SIGKILL ended "
            "it, as the kernel does when memory runs out.",
            low=low,
            high=high,
            seconds=(memory.last.at_ns - memory.low.at_ns) / SECOND,
        ),
        evidence=(memory.low, memory.last, end.event),
        explains=sids(drops),
        remedy=join(" ", (_LOOK, _REMEDY)),
        path=way(
            timeline,
            drops,
            Step(say("the server holds {held}", held=low), memory.low),
            Step(say("the server holds {held} and grows", held=high), memory.last),
            last=say("the server was killed, and the client's connection broke"),
        ),
        references=_REFERENCES,
        strength=Strength.INFERRED,
    )


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

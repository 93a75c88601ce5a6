"""GWS202: the server's memory grew until it was killed, as the kernel's OOM killer does it."""

from __future__ import annotations

from granite_ws.diagnosis.ends.memory import Memory, megabytes, memory_before
from granite_ws.diagnosis.ends.process_end import (
    SIGKILL,
    End,
    sids,
    taken_along,
    unasked_ends,
    way,
)
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS202", "oom_kill"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by SIGKILL at the end of a steep growth of memory, and drops beside it.

    It is inferred: only the kernel's log tells who sent the signal, and it is seldom readable.
    """
    ends = unasked_ends(timeline)
    if ends is None:
        return _finding(Truth.UNKNOWN, "Nobody saw the server process end.")
    killed = [end for end in ends if end.signal == SIGKILL]
    if not killed:
        return _finding(Truth.REFUTED, "No SIGKILL ended the server process.")
    end = killed[-1]
    memory = memory_before(timeline, end.event)
    if memory is None:
        return _finding(Truth.UNKNOWN, "SIGKILL ended the server, and nobody saw its memory.")
    if memory.flat:
        return _finding(Truth.REFUTED, "SIGKILL ended the server, and its memory had not grown.")
    if not memory.ramp or not taken_along(timeline, end):
        return _finding(Truth.UNKNOWN, "SIGKILL ended the server; its memory tells no reason.")
    return _supported(timeline, end, memory)


def _supported(timeline: Timeline, end: End, memory: Memory) -> Finding:
    drops = taken_along(timeline, end)
    took_s = (memory.last.at_ns - memory.low.at_ns) / SECOND
    low, high = memory.low.data["rss_bytes"], memory.last.data["rss_bytes"]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        f"The server's memory grew from {megabytes(low)} to {megabytes(high)} in {took_s:.0f} s, "
        "then SIGKILL ended it, as the kernel does when memory runs out.",
        evidence=(memory.low, memory.last, end.event),
        explains=sids(drops),
        remedy="Look for 'oom-kill' in the kernel's log (journalctl -k, or oom_kill in the "
        "cgroup's memory.events); give the server a memory limit above what one forecast needs, "
        "bound what it keeps, and run the model in a process of its own.",
        path=way(
            timeline,
            drops,
            Step(f"the server holds {megabytes(low)}", memory.low),
            Step(f"the server holds {megabytes(high)} and grows", memory.last),
            last="the server was killed, and the client's connection broke",
        ),
        references=("Flask-SocketIO#683", "Flask-SocketIO#1302"),
        strength=Strength.INFERRED,
    )


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

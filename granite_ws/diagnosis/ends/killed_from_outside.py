"""GWS205: another process killed a server that was well."""

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
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS205", "killed_from_outside"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by SIGKILL while the server's memory was flat and the host had enough."""
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
    if memory.ramp:
        return _finding(
            Truth.REFUTED, say("SIGKILL ended the server while its memory grew steeply.")
        )
    if not memory.flat or end.connections_left or not taken_along(timeline, end):
        return _finding(Truth.UNKNOWN, say("SIGKILL ended the server, and nothing tells why."))
    return _supported(timeline, end, memory)


def _supported(timeline: Timeline, end: End, memory: Memory) -> Finding:
    drops = taken_along(timeline, end)
    held = megabytes(memory.last.data["rss_bytes"])
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "Another process sent SIGKILL to a server that held {held} and did not grow: it was "
            "killed from outside, not for its memory.",
            held=held,
        ),
        evidence=(memory.last, end.event),
        explains=sids(drops),
        remedy=say(
            "Find who sends it: a supervisor or orchestrator whose health check failed, a "
            "container stopped with a grace that is too short, a script with kill -9. Let it send "
            "SIGTERM first, and wait 10 s."
        ),
        path=way(
            timeline,
            drops,
            Step(say("the server holds {held}, no more than before", held=held), memory.last),
            last=say("the server was killed, and the client's connection broke"),
        ),
        strength=Strength.INFERRED,
    )


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

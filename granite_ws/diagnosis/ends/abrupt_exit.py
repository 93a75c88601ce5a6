"""GWS204: the server's own code ended its process."""

from __future__ import annotations

from granite_ws.diagnosis.ends.process_end import End, sids, taken_along, unasked_ends, way
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS204", "abrupt_exit"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED by an exit code above 0 that no signal left, and drops beside it."""
    ends = unasked_ends(timeline)
    if ends is None:
        return _finding(Truth.UNKNOWN, say("Nobody saw the server process end."))
    exits = [end for end in ends if end.code]
    if not exits:
        return _finding(Truth.REFUTED, say("The server process gave no exit code of its own."))
    end = exits[-1]
    if end.connections_left or not taken_along(timeline, end):
        return _finding(
            Truth.UNKNOWN, say("It exited with {code} when no client was lost.", code=end.code)
        )
    return _supported(timeline, end)


def _supported(timeline: Timeline, end: End) -> Finding:
    drops = taken_along(timeline, end)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server's own code ended its process with exit code {code}: no signal did, and "
            "its connections broke without a Close frame.",
            code=end.code,
        ),
        evidence=(end.event,),
        explains=sids(drops),
        remedy=say(
            "Search the code and its libraries for os._exit({code}) and sys.exit({code}); raise "
            "an exception instead, and end only what failed.",
            code=end.code,
        ),
        path=way(
            timeline, drops, last=say("the server was gone, and the client's connection broke")
        ),
    )


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

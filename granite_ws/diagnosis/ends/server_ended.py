"""GWS201: the server process was told to end, or ended in order, and its connections with it."""

from __future__ import annotations

import signal

from granite_ws.diagnosis.ends.process_end import (
    CRASHES,
    SIGKILL,
    End,
    sids,
    taken_along,
    unasked_ends,
    way,
)
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS201", "server_ended"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a drop stands beside an unasked end whose exit status is plain.

    A crash, SIGKILL and an exit code above 0 have causes of their own: here they are UNKNOWN.
    """
    ends = unasked_ends(timeline)
    if ends is None:
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody saw the server process end."))
    if not ends:
        return Finding(CODE, CAUSE, Truth.REFUTED, say("The server process lived to the end."))
    end = ends[-1]
    drops = taken_along(timeline, end)
    plain = _plain(end) and not end.connections_left
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED if drops and plain else Truth.UNKNOWN,
        _claim(end),
        evidence=(end.event,),
        explains=sids(drops) if plain else (),
        remedy=say(
            "Find who stops it: a supervisor, a deployment, a terminal that was closed, or its "
            "own main function that returns."
        ),
        path=way(
            timeline, drops, last=say("the server was gone, and the client's connection broke")
        )
        if plain
        else (),
    )


def _plain(end: End) -> bool:
    special = end.signal == SIGKILL or end.signal in CRASHES
    return not special and not end.code


def _claim(end: End) -> Phrase:
    if end.signal is None:
        return say(
            "The server process exited with code {code}, and its connections ended with it.",
            code=end.code,
        )
    try:
        name = signal.Signals(end.signal).name
    except ValueError:
        return say(
            "The server process was ended by signal {number}, and its connections ended with it.",
            number=end.signal,
        )
    return say(
        "The server process was ended by signal {number} ({name}), and its connections ended "
        "with it.",
        number=end.signal,
        name=name,
    )

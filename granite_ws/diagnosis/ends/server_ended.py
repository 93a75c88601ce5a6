"""GWS201: the server process ended by itself, and took its connections with it."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.events import Kind
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS201", "server_ended"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a drop stands beside the server's unasked end; reads the runner's events."""
    ended = [e for e in timeline.log.of(Kind.PROCESS_ENDED) if e.data["role"] == "server"]
    if not ended:
        return Finding(CODE, CAUSE, Truth.UNKNOWN, "Nobody saw the server process end.")
    ends = [event for event in ended if not event.data["asked"]]
    if not ends:
        return Finding(CODE, CAUSE, Truth.REFUTED, "The server process lived to the end.")
    # The runner sees the exit at its next look, a client sees its TCP close at once: either may
    # come first.
    window = limits.SERVER_END_WINDOW_S * SECOND
    explained = tuple(
        drop.sid
        for drop in timeline.drops
        if drop.ended_ns is not None and abs(drop.ended_ns - ends[0].at_ns) <= window
    )
    code = ends[0].data["exit_code"]
    how = f"was ended by signal {-code}" if code < 0 else f"exited with code {code}"
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED if explained else Truth.UNKNOWN,
        f"The server process {how}, and its connections ended with it.",
        evidence=(ends[0],),
        explains=explained,
        remedy="Find what ended it: kernel log for out-of-memory, faulthandler for a crash.",
    )

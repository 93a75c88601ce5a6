"""GWS506: the network ended connections that both sides were using, all at one moment."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Strength, Truth
from granite_ws.diagnosis.network import cuts
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS506", "network_cut"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when connections were cut at one moment only; several ask for a clockwork."""
    cut = cuts.cuts(timeline)
    if not cut:
        return _say(*cuts.without(timeline))
    if cuts.moments(cut) > 1:
        words = say(
            "Connections were cut at several moments: look at their ages for a constant one."
        )
        return _say(Truth.UNKNOWN, words)
    # A connection that was open and lived on shows that not the whole network was hit.
    at = cuts.lost_ns(cut[0])
    spared = sum(
        c.connected_ns < at and c not in cut and (c.lost_ns or timeline.ended_ns) > at
        for c in timeline.connections
    )
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        _claim(len(cut), spared),
        evidence=cuts.ends_of(timeline, cut),
        explains=tuple(drop.sid for drop in cut),
        remedy=say(
            "Look at what lies between for that moment: a proxy's reload, a firewall, a change "
            "of network. Keep automatic reconnection on, and resend the state on connect."
        ),
        path=cuts.cut_steps(timeline, cut[0]),
        strength=Strength.INFERRED,
    )


def _claim(count: int, spared: int) -> str:
    if spared:
        return say(
            "{count} connection(s) were ended at one moment by something between client and "
            "server; {spared} other(s) lived on: neither side sent a Close frame, and neither "
            "stood still.",
            count=count,
            spared=spared,
        )
    return say(
        "{count} connection(s) were ended at one moment by something between client and server, "
        "and no other was open: neither side sent a Close frame, and neither stood still.",
        count=count,
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)

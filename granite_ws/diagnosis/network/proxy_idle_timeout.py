"""GWS501: something between the sides ends connections on which nothing passed for a while."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised
from granite_ws.diagnosis.finding import Finding, Strength, Truth
from granite_ws.diagnosis.network import cuts
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS501", "proxy_idle_timeout"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when several cuts came after the same silence, at different connection ages."""
    cut = cuts.cuts(timeline)
    if not cut:
        return _say(*cuts.without(timeline))
    if cuts.moments(cut) < limits.CONSTANT_IDLE_LOSSES:
        return _say(Truth.UNKNOWN, "A connection was cut once: one age cannot be constant.")
    idle = [cuts.idle_age_s(timeline, drop) for drop in cut]
    if not cuts.constant(idle):
        return _say(Truth.REFUTED, "The cuts came after silences of different length.")
    if any(cuts.longest_pause_s(timeline, drop) >= min(idle) for drop in cut):
        return _say(Truth.REFUTED, "Silences as long as that before the cuts were survived.")
    ages = [cuts.connection_age_s(timeline, drop) for drop in cut]
    if cuts.constant(ages):
        words = (
            f"Connections were cut at a constant age of {min(ages):.1f} s, but nothing passed on "
            "them meanwhile: run again with a message every half second to tell an idle limit "
            "(then they live) from a maximum age (then they do not)."
        )
        return _say(Truth.UNKNOWN, words)
    return _found(timeline, cut, sum(idle) / len(idle), ages)


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _found(
    timeline: Timeline, cut: tuple[Connection, ...], idle_s: float, ages: list[float]
) -> Finding:
    promised = advertised(timeline, cut[0].sid)
    interval = f", and a PING comes only each {promised.ping_interval_s:g} s" if promised else ""
    shorter = max(int(idle_s / 2), 1)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        f"{len(cut)} connections were ended by something between client and server, each after "
        f"{idle_s:.1f} s without a packet{interval}; their ages differed ({min(ages):.1f} to "
        f"{max(ages):.1f} s), the silence did not.",
        evidence=cuts.ends_of(timeline, cut),
        explains=tuple(drop.sid for drop in cut),
        remedy=f"Let the proxy wait longer than ping_interval (nginx: proxy_read_timeout 3600s), "
        f"or set ping_interval={shorter}, below the proxy's {idle_s:.1f} s.",
        path=cuts.cut_steps(timeline, cut[0]),
        references=("socket.io#3025", "ws#2283", "mattermost/docs#8930"),
        strength=Strength.INFERRED,
    )

"""GWS501: something between the sides ends connections on which nothing passed for a while."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised
from granite_ws.diagnosis.finding import Finding, Strength, Truth
from granite_ws.diagnosis.network import cuts
from granite_ws.phrase import mark, say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS501", "proxy_idle_timeout"
_AFTER_SILENCE = mark(
    "{count} connections were ended by something between client and server, each after "
    "{idle_s:.1f} s without a packet; their ages differed ({youngest_s:.1f} to {oldest_s:.1f} s), "
    "the silence did not."
)
_AFTER_SILENCE_AND_PING = mark(
    "{count} connections were ended by something between client and server, each after "
    "{idle_s:.1f} s without a packet, and a PING comes only each {interval_s:g} s; their ages "
    "differed ({youngest_s:.1f} to {oldest_s:.1f} s), the silence did not."
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when several cuts came after the same silence, at different connection ages."""
    cut = cuts.cuts(timeline)
    if not cut:
        return _say(*cuts.without(timeline))
    if cuts.moments(cut) < limits.CONSTANT_IDLE_LOSSES:
        return _say(Truth.UNKNOWN, say("A connection was cut once: one age cannot be constant."))
    idle = [cuts.idle_age_s(timeline, drop) for drop in cut]
    if not cuts.constant(idle):
        return _say(Truth.REFUTED, say("The cuts came after silences of different length."))
    if any(cuts.longest_pause_s(timeline, drop) >= min(idle) for drop in cut):
        return _say(Truth.REFUTED, say("Silences as long as that before the cuts were survived."))
    ages = [cuts.connection_age_s(timeline, drop) for drop in cut]
    if cuts.constant(ages):
        words = say(
            "Connections were cut at a constant age of {age_s:.1f} s, but nothing passed on "
            "them meanwhile: run again with a message every half second to tell an idle limit "
            "(then they live) from a maximum age (then they do not).",
            age_s=min(ages),
        )
        return _say(Truth.UNKNOWN, words)
    return _found(timeline, cut, sum(idle) / len(idle), ages)


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _found(
    timeline: Timeline, cut: tuple[Connection, ...], idle_s: float, ages: list[float]
) -> Finding:
    promised = advertised(timeline, cut[0].sid)
    numbers = {
        "count": len(cut),
        "idle_s": idle_s,
        "interval_s": promised.ping_interval_s if promised else None,
        "youngest_s": min(ages),
        "oldest_s": max(ages),
    }
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(_AFTER_SILENCE_AND_PING if promised else _AFTER_SILENCE, **numbers),
        evidence=cuts.ends_of(timeline, cut),
        explains=tuple(drop.sid for drop in cut),
        remedy=say(
            "Let the proxy wait longer than ping_interval (nginx: proxy_read_timeout 3600s), or "
            "set ping_interval={shorter}, below the proxy's {idle_s:.1f} s.",
            shorter=max(int(idle_s / 2), 1),
            idle_s=idle_s,
        ),
        path=cuts.cut_steps(timeline, cut[0]),
        references=("socket.io#3025", "ws#2283", "mattermost/docs#8930"),
        strength=Strength.INFERRED,
    )

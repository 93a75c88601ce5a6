"""GWS502: something between the sides ends connections at a certain age, traffic or not."""

from __future__ import annotations

from statistics import median

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Strength, Truth
from granite_ws.diagnosis.network import cuts
from granite_ws.phrase import say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS502", "proxy_max_age"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when several busy connections were cut at the same age."""
    cut = cuts.cuts(timeline)
    if not cut:
        return _say(*cuts.without(timeline))
    if cuts.moments(cut) < limits.CONSTANT_AGE_LOSSES:
        words = say(
            "Fewer than {least} cuts: no age is constant by so few.",
            least=limits.CONSTANT_AGE_LOSSES,
        )
        return _say(Truth.UNKNOWN, words)
    ages = [cuts.connection_age_s(timeline, drop) for drop in cut]
    oldest = [
        age + cuts.opening_delay_s(timeline, drop) for age, drop in zip(ages, cut, strict=True)
    ]
    # One age fits all where the youngest that each may have been is no more than the oldest.
    if max(ages) - min(oldest) > limits.CONSTANT_AGE_SPREAD_S:
        return _say(Truth.REFUTED, say("The connections were cut at different ages."))
    idle = [cuts.idle_age_s(timeline, drop) for drop in cut]
    survived = max(cuts.longest_pause_s(timeline, drop) for drop in cut)
    if survived <= min(idle):
        words = say(
            "Each cut came after the connection's longest silence: it may be an idle limit."
        )
        return _say(Truth.UNKNOWN, words)
    return _found(timeline, cut, median(ages), max(idle))


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _found(
    timeline: Timeline, cut: tuple[Connection, ...], age_s: float, idle_s: float
) -> Finding:
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "{count} connections were ended by something between client and server, each when it "
            "was {age_s:.1f} s old, although packets passed until at most {idle_s:.1f} s before.",
            count=len(cut),
            age_s=age_s,
            idle_s=idle_s,
        ),
        evidence=cuts.ends_of(timeline, cut),
        explains=tuple(drop.sid for drop in cut),
        remedy=say(
            "Raise the lifetime of connections at the load balancer above the length of a "
            "visit; no ping_interval helps. Where it cannot be raised, let clients resume after "
            "the reconnect."
        ),
        path=cuts.cut_steps(timeline, cut[0]),
        references=("socket.io#3704",),
        strength=Strength.INFERRED,
    )

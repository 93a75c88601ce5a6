"""GWS104: Python's garbage collector walked through so many objects that all else waited."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import blocked_frame, busy_threads
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS104", "gc_pause"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the collector itself told that it ran most of the standstill."""
    return judge(timeline, RULE)


def _read(_timeline: Timeline, episode: Episode) -> Reading:
    if episode.cpu_share is None:
        return Reading(
            Truth.UNKNOWN, say("Nobody measured the collector's or the processor's time.")
        )
    if not episode.everything or not signs.collecting(episode):
        return Reading(Truth.REFUTED, say("The garbage collector ran little or not at all."))
    looks = tuple(look for look in episode.telling_looks if busy_threads(look))[:1]
    where = blocked_frame(looks[0]) if looks else ""
    ran = episode.collected_share * sum(stall.seconds for stall in episode.main)
    asked = say(", called in {where},", where=where) if where else ""
    return Reading(
        Truth.SUPPORTED,
        say(
            "Python's garbage collector{asked} ran for {ran:.1f} of {seconds:.1f} s, and "
            "nothing else in the server could run: it walks through every object with the "
            "interpreter lock held.",
            asked=asked,
            ran=ran,
            seconds=episode.seconds,
        ),
        blocked_at=where,
        evidence=looks,
    )


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Keep fewer Python objects (numpy arrays instead of lists of lists), call gc.freeze() "
        "once the big ones are loaded, and no gc.collect() after each prediction; ping_timeout = "
        "{timeout} would have borne this pause."
    ),
)

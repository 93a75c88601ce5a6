"""GWS107: many threads of Python code share the interpreter lock, and each waits for its turn."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import own_frame, threads_at_work
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.events import Event
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS107", "gil_contention"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when many threads were busy, on a processor, while the heartbeats came late."""
    return judge(timeline, RULE)


def _read(_timeline: Timeline, episode: Episode) -> Reading:
    if not episode.looks:
        return Reading(
            Truth.UNKNOWN, say("No look at the stacks shows how many threads were busy.")
        )
    many, look = signs.crowd(episode)
    if many < limits.MANY_BUSY_THREADS or look is None:
        return Reading(
            Truth.REFUTED, say("At most {count} threads were busy at once.", count=many)
        )
    if signs.stopped_samples(episode) or signs.starved(episode) or signs.collecting(episode):
        return Reading(
            Truth.REFUTED, say("The server was stopped, starved, or collecting garbage.")
        )
    if episode.cpu_share is None:
        return Reading(Truth.UNKNOWN, say("Nobody measured the server's processor time."))
    if episode.cpu_share < limits.ON_A_PROCESSOR:
        return Reading(Truth.REFUTED, say("The server hardly used its processor."))
    return _supported(episode, many, look)


def _supported(episode: Episode, many: int, look: Event) -> Reading:
    late = sum(stall.seconds for stall in episode.main) / len(episode.main)
    frames = [own_frame(frames) for frames in threads_at_work(look)]
    functions = [frame.rsplit(" ", 1)[-1] for frame in frames]
    common = max(functions, key=functions.count)
    where = next(frame for frame in frames if frame.endswith(f" {common}"))
    return Reading(
        Truth.SUPPORTED,
        say(
            "{count} or more threads ran Python code at once, most of them near {where}, and took "
            "turns of 5 ms at one interpreter lock: for {seconds:.1f} s the heartbeat came "
            "{late:.1f} s late on the mean, and each step of a PING waits as long.",
            count=many,
            where=where,
            seconds=episode.seconds,
            late=late,
        ),
        blocked_at=where,
        evidence=(look,),
    )


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Let fewer threads compute at once (a pool of 2 to 4, or processes), or give shorter "
        "turns: sys.setswitchinterval(0.0005); ping_timeout = {timeout} would have borne the "
        "longest wait."
    ),
)

"""GWS101: native code kept Python's interpreter lock, so that nothing in the server could run."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import blocked_frame, busy_threads, own_frame
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.events import Event
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS101", "gil_held_native"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when one thread was at work while every other stood still, processor or not, and
    the process was neither stopped, starved, collecting, crowded nor encoding.
    """
    return judge(timeline, RULE)


def _read(_timeline: Timeline, episode: Episode) -> Reading:
    other = _something_else(episode)
    if other:
        return Reading(Truth.REFUTED, other)
    busy_itself = episode.cpu_share is not None and episode.cpu_share >= limits.MOST_OF
    if not episode.samples and not busy_itself:
        words = say("Nobody saw from outside whether the server's process was stopped meanwhile.")
        return Reading(Truth.UNKNOWN, words)
    looks = [look for look in episode.telling_looks if busy_threads(look)]
    if not looks:
        return Reading(Truth.UNKNOWN, say("No look at the stacks shows who kept the lock."))
    if _nobody_held_it(looks[0]):
        return Reading(Truth.UNKNOWN, say("An onlooker saw nobody hold the lock."))
    if signs.huge_message(episode):
        return Reading(Truth.UNKNOWN, say("A huge message was encoded or logged meanwhile."))
    return _supported(episode, looks[0])


def _something_else(episode: Episode) -> str:
    if not episode.everything:
        return say("A real thread ran on while the connections were lost: the lock was free.")
    if signs.stopped_samples(episode):
        return say("The server's process was stopped.")
    if signs.starved(episode):
        return say("The server waited for a core, not for its lock.")
    if episode.collected_share >= limits.MOST_OF:
        return say("The garbage collector ran.")
    if signs.crowded(episode):
        return say("Many threads were busy: each had its turn.")
    return say("A message was being encoded.") if signs.encoding_frames(episode) else ""


def _nobody_held_it(look: Event) -> bool:
    """Whether this look tells who holds the lock, and nobody did."""
    told = [thread["owns_gil"] for thread in look.data["threads"] if "owns_gil" in thread]
    return bool(told) and not any(told)


def _supported(episode: Episode, look: Event) -> Reading:
    where = blocked_frame(look)
    suspects = [own_frame(frames) for frames in busy_threads(look)]
    told = (
        say(" in {where}", where=where)
        if where
        else say(" in one of {suspects}", suspects=", ".join(suspects))
    )
    return Reading(
        Truth.SUPPORTED,
        say(
            "Native code kept Python's interpreter lock for {seconds:.1f} s{told}; no other "
            "thread of the server could run, so no PING went out and no PONG was read.",
            seconds=episode.longest.seconds,
            told=told,
        ),
        blocked_at=where,
        evidence=(look,),
    )


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Run this call in another process (concurrent.futures.ProcessPoolExecutor), or with a "
        "library that releases the lock; until then ping_timeout = {timeout} would have borne "
        "this stall."
    ),
    ("Flask-SocketIO#839", "Flask-SocketIO#1299", "python-socketio#531"),
)

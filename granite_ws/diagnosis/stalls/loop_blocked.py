"""A loop or hub that stood still while the rest of the server ran: what both its causes share."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import blocked_frame, own_frame
from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading
from granite_ws.events import Event, Kind, Witness
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

_ASYNCIO_LOOP = "asyncio/base_events.py:"


def read_loop(timeline: Timeline, episode: Episode, *, scheduler: str, name: str) -> Reading:
    """SUPPORTED when only the heartbeat that this scheduler runs stood still.

    scheduler: as the loop's heartbeat gives it. name: the words for what was blocked.
    """
    if scheduler_of(timeline) is None:
        return Reading(Truth.UNKNOWN, say("Nobody told what schedules the server's tasks."))
    if scheduler_of(timeline) != scheduler:
        return Reading(Truth.REFUTED, say("The server's tasks do not run in {name}.", name=name))
    if not _thread_was_watched(timeline):
        return Reading(Truth.UNKNOWN, say("Nobody watched whether a real thread ran meanwhile."))
    if episode.everything:
        return Reading(Truth.REFUTED, say("Everything stood still, not the loop alone."))
    if signs.stopped_samples(episode) or signs.starved(episode):
        return Reading(Truth.REFUTED, say("The server was stopped, or waited for a core."))
    looks = episode.telling_looks[:1]
    where = _where(looks)
    told = say(" in {where}", where=where) if where else ""
    return Reading(
        Truth.SUPPORTED,
        say(
            "A call{told} kept {name} for {seconds:.1f} s while other threads ran: no PING went "
            "out and no PONG was read until it returned.",
            told=told,
            name=name,
            seconds=episode.longest.seconds,
        ),
        blocked_at=where,
        evidence=looks,
    )


def scheduler_of(timeline: Timeline) -> str | None:
    """What schedules the server's tasks, as the loop's heartbeat says; None where none said."""
    for event in timeline.log.of(Kind.MONITOR_STARTED, Kind.STALL):
        if event.witness is not Witness.PROBE and event.data.get("scheduler"):
            return str(event.data["scheduler"])
    return None


def _thread_was_watched(timeline: Timeline) -> bool:
    return any(
        event.data["monitor"] == "thread" and event.witness is not Witness.PROBE
        for event in timeline.log.of(Kind.MONITOR_STARTED)
    )


def _where(looks: tuple[Event, ...]) -> str:
    for look in looks:
        for thread in look.data["threads"]:
            frames = tuple(thread["frames"])
            if any(_ASYNCIO_LOOP in frame for frame in frames[1:]):
                return own_frame(frames)
        return blocked_frame(look)
    return ""

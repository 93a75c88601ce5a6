"""GWS103: one huge message was encoded as JSON in one go, with the interpreter lock held."""

from __future__ import annotations

import re

from granite_ws.diagnosis.evidence import own_frame
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.events import Event
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS103", "json_stall"
# What lies between the JSON module and the code that gave it the data.
_LIBRARIES = re.compile(r"^(json|socketio|engineio|flask_socketio)/| (encode|dumps)$")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the stacks were inside the JSON module while everything stood still, and a
    huge message came out of it.
    """
    return judge(timeline, RULE)


def _read(_timeline: Timeline, episode: Episode) -> Reading:
    if not episode.everything:
        return Reading(Truth.REFUTED, say("A real thread ran on: nothing kept the lock."))
    if signs.stopped_samples(episode) or signs.starved(episode):
        return Reading(Truth.REFUTED, say("The server was stopped, or waited for a core."))
    message, encoding = signs.huge_message(episode), signs.encoding_frames(episode)
    if message is None:
        return Reading(Truth.REFUTED, say("No huge message was encoded meanwhile."))
    if not episode.telling_looks:
        return Reading(Truth.UNKNOWN, say("No look at the stacks shows who kept the lock."))
    if encoding is None:
        return Reading(Truth.REFUTED, say("The stacks were not in the JSON module."))
    return _supported(episode, message, *encoding)


def _supported(episode: Episode, message: Event, frames: tuple[str, ...], look: Event) -> Reading:
    outside = tuple(frame for frame in frames if not _LIBRARIES.search(frame))
    where = own_frame(outside or frames)
    return Reading(
        Truth.SUPPORTED,
        say(
            'Encoding the message "{event}" ({megabytes:.0f} MB) as JSON, asked for in {where}, '
            "kept Python's interpreter lock for {seconds:.1f} s; nothing else in the server could "
            "run.",
            event=message.data.get("event"),
            megabytes=message.data["bytes"] / 1e6,
            where=where,
            seconds=episode.longest.seconds,
        ),
        blocked_at=where,
        evidence=(look, message),
    )


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Send less at once: chunks of at most 1 MB, rounded or fewer points, binary "
        "(ndarray.astype('float32').tobytes()), or encode in another process; ping_timeout = "
        "{timeout} would have borne this stall."
    ),
)

"""GWS105: the server's process was stopped, by a signal, a paused container or a debugger."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.phrase import mark, say, say_many
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS105", "server_suspended"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the sampler found the process stopped while nothing in it ran."""
    return judge(timeline, RULE)


def _read(_timeline: Timeline, episode: Episode) -> Reading:
    if not episode.samples:
        return Reading(Truth.UNKNOWN, say("Nobody watched the server's process from outside."))
    stopped = signs.stopped_samples(episode)
    if not stopped:
        return Reading(Truth.REFUTED, say("The server's process was not stopped at any look."))
    if episode.cpu_share is not None and episode.cpu_share >= limits.MOST_OF:
        return Reading(Truth.REFUTED, say("The server used its processor most of the time."))
    return Reading(
        Truth.SUPPORTED,
        say_many(
            "The server's process was stopped from outside for {seconds:.1f} s "
            "(found stopped {count} time) and could neither send a PING nor read a PONG.",
            "The server's process was stopped from outside for {seconds:.1f} s "
            "(found stopped {count} times) and could neither send a PING nor read a PONG.",
            len(stopped),
            seconds=episode.longest.seconds,
        ),
        evidence=stopped,
    )


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Find who stops it: kill -STOP, Ctrl-Z, a paused container (docker pause), a debugger; "
        "keep the server out of their reach. ping_timeout = {timeout} would have borne this "
        "pause."
    ),
    ("python-engineio#127",),
)

"""GWS106: the server was ready to run and got no processor: others on the machine had it."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls import signs
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS106", "cpu_starvation"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the late heartbeat had waited for a core most of the time."""
    return judge(timeline, RULE)


def _read(_timeline: Timeline, episode: Episode) -> Reading:
    if not any(stall.waited_s for stall in episode.stalls):
        # Linux counts microseconds even on an idle machine: exactly nothing was not measured.
        return Reading(
            Truth.UNKNOWN, say("Nobody measured how long the server waited for a core.")
        )
    if not signs.starved(episode):
        return Reading(Truth.REFUTED, say("The server had a core most of the time."))
    waited = sum(stall.waited_s for stall in episode.main)
    stood = sum(stall.seconds for stall in episode.main)
    used = sum(stall.cpu_s or 0.0 for stall in episode.main)
    return Reading(
        Truth.SUPPORTED,
        say(
            "The server was ready to run and got no processor for {waited:.1f} of {stood:.1f} s; "
            "it could use {used:.2f} s of processor time meanwhile.",
            waited=waited,
            stood=stood,
            used=used,
        ),
        evidence=tuple(s for s in episode.samples if s.data.get("state") == "running"),
    )


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Give the server a core of its own: fewer busy neighbours or model threads "
        "(torch.set_num_threads(1)), a higher CPU quota, a lower nice value. ping_timeout = "
        "{timeout} would have borne the longest wait."
    ),
    ("python-socketio#249",),
)

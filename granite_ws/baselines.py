"""Three simple readers, as people read logs today; the exam compares the diagnosis with them.

Each sees one symptom of a session and no more. What that symptom is taken to mean is left to the
exam, which gives every reader the best table that its symptom allows.
"""

from __future__ import annotations

from collections.abc import Callable

from granite_ws.diagnosis.checklist import NO, Limits, answer_checklist
from granite_ws.events import Kind, Witness
from granite_ws.timeline import Timeline

# What counts as one unit of deviation: the figure's usual size in a healthy lab session.
_USUAL = {
    "server stall, s": 0.2,
    "client stall, s": 0.3,
    "PONG delay, s": 0.1,
    "queue at PING": 2.0,
    "message, bytes": 20_000.0,
    "memory growth, bytes": 100e6,
    "refused requests": 1.0,
    "library lines": 3.0,
}


def reason(timeline: Timeline) -> str:
    """The reason strings of both sides at the first drop: what a server's log gives."""
    if not timeline.drops:
        return "no drop"
    drop = min(timeline.drops, key=lambda one: one.lost_ns or timeline.ended_ns)
    return f"{drop.server_reason} / {drop.client_reason}"


def checklist(timeline: Timeline, configured: Limits) -> str:
    """The first box of the seed's checklist that is answered ``no``."""
    for answer in answer_checklist(timeline, configured):
        if answer.answer == NO:
            return f"{answer.step}: {answer.question.split('(')[0].strip()}"
    return "all boxes ticked"


def largest_deviation(timeline: Timeline) -> str:
    """The figure that lies furthest above its usual size."""
    figures = _figures(timeline)
    name = max(figures, key=lambda key: figures[key] / _USUAL[key])
    return name if figures[name] > _USUAL[name] else "nothing unusual"


def _figures(timeline: Timeline) -> dict[str, float]:
    log = timeline.log
    trips = [p.round_trip_s for p in timeline.pings if p.round_trip_s is not None]
    rss = [e.data["rss_bytes"] for e in log.of(Kind.SAMPLE) if e.data["role"] == "server"]
    return {
        "server stall, s": max((s.seconds for s in timeline.stalls), default=0.0),
        "client stall, s": max((s.seconds for s in timeline.client_stalls), default=0.0),
        "PONG delay, s": max(trips, default=0.0),
        "queue at PING": max(
            (e.data.get("waiting", 0) for e in log.of(Kind.PING_QUEUED)), default=0
        ),
        "message, bytes": max(
            (e.data["bytes"] for e in log.of(Kind.MESSAGE_EMITTED, Kind.MESSAGE_RECEIVED)),
            default=0,
        ),
        "memory growth, bytes": max(rss) - rss[0] if rss else 0.0,
        "refused requests": len(log.of(Kind.REQUEST_REFUSED)),
        "library lines": len([e for e in log.of(Kind.SERVER_LOG) if e.witness is Witness.SERVER]),
    }


def symptoms(timeline: Timeline, configured: Limits) -> dict[str, str]:
    """What each reader sees in this session."""
    readers: dict[str, Callable[[], str]] = {
        "reason string": lambda: reason(timeline),
        "checklist": lambda: checklist(timeline, configured),
        "largest deviation": lambda: largest_deviation(timeline),
    }
    return {name: read() for name, read in readers.items()}

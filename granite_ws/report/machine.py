"""What a report says to machines: the outcome beside a notebook's HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.matrix.record import SESSION_MIME
from granite_ws.metrics import measure
from granite_ws.session import Session
from granite_ws.timeline import SECOND, Timeline


def bundle(session: Session, verdict: Verdict) -> dict[str, Any]:
    """The outcome of one session under its MIME type, as strict JSON can hold it.

    duration_s: from the first to the last event of the recording.
    watched_s:  from the first connection until the last one ended.
    """
    timeline = verdict.timeline
    return {
        SESSION_MIME: {
            "session": str(session.folder),
            "outcome": verdict.outcome.value,
            "summary": str(verdict.summary),
            "causes": list(causes_of(verdict)),
            "exit_code": verdict.exit_code,
            "metrics": finite(measure(verdict)),
            "duration_s": round(timeline.seconds(timeline.ended_ns), 6),
            "watched_s": round(watched_s(timeline), 6),
            "settings": session.settings.to_dict(),
        }
    }


def causes_of(verdict: Verdict) -> tuple[str, ...]:
    """The causes of the drops, then of the troubles, each once; ``unknown`` among them."""
    drops = [drop.cause for drop in verdict.drops]
    return tuple(dict.fromkeys([*drops, *(finding.cause for finding in verdict.troubles)]))


def watched_s(timeline: Timeline) -> float:
    """Seconds from the first connection until the last one ended; 0 without any."""
    ended = max((c.ended_ns or timeline.ended_ns for c in timeline.connections), default=0)
    begun = min((c.connected_ns for c in timeline.connections), default=0)
    return (ended - begun) / SECOND


def finite(numbers: Mapping[str, float | None]) -> dict[str, float | None]:
    """The numbers, None in place of what JSON has no word for."""
    return {
        name: value if value is not None and math.isfinite(value) else None
        for name, value in numbers.items()
    }

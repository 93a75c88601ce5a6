"""The seed's table of expected metrics beside what this session measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.limits import Range
from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.timeline import Timeline


@dataclass(frozen=True)
class Metric:
    """One row: the expectation, the measured median, how often, and the comparison in words."""

    expected: Range
    measured: float | None
    count: int
    comparison: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values; ``measured`` is None where nothing was."""
        return {
            "what": self.expected.what,
            "unit": self.expected.unit,
            "expected": [self.expected.low, self.expected.high],
            "measured": self.measured,
            "count": self.count,
            "comparison": self.comparison,
        }


def compare_metrics(timeline: Timeline) -> tuple[Metric, ...]:
    """The seed's six rows in its order; a row that this session did not measure says so."""
    ready = timeline.log.of(Kind.MODEL_READY)
    granite = [e for e in ready if str(e.data["engine"]).startswith("granite")]
    on_gpu = any(event.data["device"] == "cuda" for event in ready)
    predicted = [event.data["seconds"] for event in timeline.log.of(Kind.ENGINE_DONE)]
    smoothed = [event.data["seconds"] for event in timeline.log.of(Kind.FALLBACK_DONE)]
    sizes = [event.data for event in timeline.log.of(Kind.RESULT_MEASURED)]
    granite_sizes = [d["bytes"] for d in sizes if d["engine"].startswith("granite")]
    smoothed_sizes = [d["bytes"] for d in sizes if not d["engine"].startswith("granite")]
    return (
        _metric(limits.EXPECTED_LOAD, [event.data["seconds"] for event in granite]),
        _metric(limits.EXPECTED_CPU, [] if on_gpu else predicted),
        _metric(limits.EXPECTED_GPU, predicted if on_gpu else []),
        _metric(limits.EXPECTED_SIZE, granite_sizes),
        _metric(limits.EXPECTED_FALLBACK, smoothed),
        _metric(limits.EXPECTED_FALLBACK_SIZE, smoothed_sizes),
    )


def _metric(expected: Range, values: Sequence[float]) -> Metric:
    if not values:
        return Metric(expected, None, 0, say("not measured"))
    middle = median(values)
    return Metric(expected, middle, len(values), _comparison(expected, middle))


def _comparison(expected: Range, middle: float) -> str:
    is_size = expected.unit == "bytes"
    if middle < expected.low:
        return say("smaller than expected") if is_size else say("faster than expected")
    if middle > expected.high:
        return say("larger than expected") if is_size else say("slower than expected")
    return say("as expected")

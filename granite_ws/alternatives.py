"""Which alternative for which load: what a sweep says about where forecasts are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from granite_ws.loads import LOADS
from granite_ws.matrix.record import CellRecord
from granite_ws.phrase import Phrase, say

# An alternative that answers fewer of its askers than this (percent) is no answer to a load.
ENOUGH_PERCENT = 50.0
_METRICS = (
    "drops",
    "drops_python",
    "drops_node",
    "asked",
    "answered_percent",
    "asked_p50_ms",
    "asked_p99_ms",
    "ping_gap_p99_ms",
    "all_cpu_percent",
    "all_memory_max_mb",
    "worker_restarts",
)


@dataclass(frozen=True)
class Entry:
    """One alternative under one load: the median of each metric over its sessions."""

    alternative: str
    load: str
    sessions: int
    metrics: Mapping[str, float | None]

    @property
    def drops(self) -> float | None:
        """Lost connections; None where no session was judged."""
        return self.metrics["drops"]

    @property
    def happened(self) -> bool:
        """Whether the load's crash came: what a cache answers kills nobody, and proves nothing."""
        crashes = LOADS[self.load].crash_number > 0
        return not crashes or bool(self.drops) or bool(self.metrics["worker_restarts"])

    @property
    def serves(self) -> bool:
        """Nobody was lost, and enough of those who asked were answered."""
        return (
            self.happened
            and self.drops == 0
            and (self.metrics["answered_percent"] or 0) >= ENOUGH_PERCENT
        )


def alternative_of(parameters: Mapping[str, Any]) -> str:
    """``process``, ``thread + cache``, ``process by REST``: what these settings stand for."""
    name = str(parameters.get("executor", "thread"))
    if parameters.get("cache_s"):
        name += " + cache"
    return name + (" by REST" if parameters.get("ask_by") == "rest" else "")


def entries(records: Sequence[CellRecord]) -> tuple[Entry, ...]:
    """One for each alternative and load that has a session, in the order of the records."""
    groups: dict[tuple[str, str], list[CellRecord]] = {}
    for record in sorted(records, key=lambda record: record.number):
        load = str(record.parameters.get("load", ""))
        if load in LOADS and record.metrics:
            groups.setdefault((alternative_of(record.parameters), load), []).append(record)
    return tuple(
        Entry(name, load, len(group), {metric: _median(group, metric) for metric in _METRICS})
        for (name, load), group in groups.items()
    )


def _median(group: Sequence[CellRecord], metric: str) -> float | None:
    values = [value for record in group if (value := record.metrics.get(metric)) is not None]
    return float(np.median(values)) if values else None


def recommend(found: Sequence[Entry]) -> dict[str, Phrase]:
    """For each load in one sentence: which alternative serves it best, and which drop."""
    loads = dict.fromkeys(entry.load for entry in found)
    return {load: _sentence([entry for entry in found if entry.load == load]) for load in loads}


def _sentence(found: Sequence[Entry]) -> Phrase:
    serving = [entry for entry in found if entry.serves]
    dropping = [entry.alternative for entry in found if entry.drops]
    lost = say("{who} lose connections", who=", ".join(dropping)) if dropping else None
    if not serving:
        none = say("no alternative served this load")
        return say("{none}; {lost}", none=none, lost=lost) if lost else none
    best = min(serving, key=_rank)
    words = say(
        "{best}: nobody lost, {answered:.0f} % answered, 99 % of them within {p99_s:.2f} s",
        best=best.alternative,
        answered=best.metrics["answered_percent"] or 0.0,
        p99_s=(best.metrics["asked_p99_ms"] or 0.0) / 1e3,
    )
    return say("{words}; {lost}", words=words, lost=lost) if lost else words


def _rank(entry: Entry) -> tuple[float, float, float]:
    """Most answered, in steps of 5 %; then the fastest, then the least memory."""
    answered = entry.metrics["answered_percent"] or 0.0
    late = entry.metrics["asked_p99_ms"] or float("inf")
    return (-(answered // 5), late, entry.metrics["all_memory_max_mb"] or 0.0)

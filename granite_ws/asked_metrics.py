"""The metrics of asked forecasts, and of what they cost: how the alternatives are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from granite_ws.asked import Asked, ping_delays_s, read_asked
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.events import Kind
from granite_ws.feed import SECOND
from granite_ws.metric import Metric, percentile
from granite_ws.phrase import say

_REFUSALS = ("queue_full", "shutting_down", "no_queue")


def _kind_drops(client_kind: str) -> Callable[[Verdict], float | None]:
    """None where no client of this kind was connected."""

    def of(verdict: Verdict) -> float | None:
        kinds = [
            event.data.get("client_kind", "python")
            for event in verdict.timeline.log.of(Kind.CONNECTED)
        ]
        if client_kind not in kinds:
            return None
        lost = [drop.connection.client_kind for drop in verdict.drops]
        return float(lost.count(client_kind))

    return of


def _asked(verdict: Verdict) -> tuple[Asked, ...]:
    return read_asked(verdict.timeline.log)


def _asked_ms(verdict: Verdict) -> list[float]:
    return [one.seconds * 1e3 for one in _asked(verdict) if one.ok and one.seconds is not None]


def _share(of: Callable[[Asked], bool], among: Callable[[Asked], bool]) -> Callable[..., Any]:
    """Percent of those; None where there were none."""

    def share(verdict: Verdict) -> float | None:
        chosen = [one for one in _asked(verdict) if among(one)]
        return 100 * sum(map(of, chosen)) / len(chosen) if chosen else None

    return share


def _count_asked(of: Callable[[Asked], bool]) -> Callable[[Verdict], float | None]:
    def count(verdict: Verdict) -> float | None:
        asked = _asked(verdict)
        return float(sum(map(of, asked))) if asked else None

    return count


def _ping_gaps_ms(verdict: Verdict) -> list[float]:
    return [seconds * 1e3 for seconds in ping_delays_s(verdict.timeline.log)]


def _together(key: str, choose: Callable[[Sequence[float]], float]) -> Callable[..., Any]:
    """Of server and workers, added up second by second."""

    def of(verdict: Verdict) -> float | None:
        seconds: dict[int, float] = {}
        for event in verdict.timeline.log.of(Kind.SAMPLE):
            if str(event.data.get("role", "")).startswith(("server", "worker")):
                second = round(event.at_ns / SECOND)
                seconds[second] = seconds.get(second, 0.0) + float(event.data.get(key, 0))
        return float(choose(list(seconds.values()))) if seconds else None

    return of


def _restarts(verdict: Verdict) -> float | None:
    """Workers that ended without being asked to; None where there were none at all."""
    log = verdict.timeline.log
    return float(len(log.of(Kind.WORKER_ENDED))) if log.of(Kind.WORKER_STARTED) else None


ASKED_METRICS: tuple[Metric, ...] = (
    Metric("drops_python", say("Python clients that were lost"), _kind_drops("python")),
    Metric("drops_node", say("JavaScript clients that were lost"), _kind_drops("node")),
    Metric(
        "asked",
        say("forecasts that clients asked for"),
        _count_asked(lambda _: True),
        lower_is_better=False,
    ),
    Metric(
        "answered_percent",
        say("of these, those that were answered with a forecast"),
        _share(lambda one: one.ok is True, lambda _: True),
        lower_is_better=False,
    ),
    Metric(
        "refused",
        say("of these, those that were refused"),
        _count_asked(lambda one: one.code in _REFUSALS),
    ),
    Metric(
        "asked_p50_ms",
        say("median time from the asking to the forecast"),
        percentile(_asked_ms, 50),
        values=_asked_ms,
    ),
    Metric(
        "asked_p99_ms",
        say("99th percentile from the asking to the forecast"),
        percentile(_asked_ms, 99),
    ),
    Metric(
        "cache_hit_percent",
        say("of the forecasts that were given, those that were not made for it alone"),
        _share(lambda one: bool(one.cached), lambda one: one.ok is True),
        lower_is_better=False,
    ),
    Metric(
        "ping_gap_p99_ms",
        say("99th percentile of how late PINGs came at the clients"),
        percentile(_ping_gaps_ms, 99),
        values=_ping_gaps_ms,
    ),
    Metric(
        "all_cpu_percent",
        say("mean processor use of the server and its workers"),
        _together("cpu_percent", lambda found: float(np.mean(found))),
    ),
    Metric(
        "all_memory_max_mb",
        say("largest memory of the server and its workers"),
        _together("rss_bytes", lambda found: max(found) / 1e6),
    ),
    Metric("worker_restarts", say("forecast workers that died or were replaced"), _restarts),
)

"""The numbers of one session by which sessions are compared and thresholds are judged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from granite_ws.asked_metrics import ASKED_METRICS
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.events import Kind, Witness
from granite_ws.feed import SECOND
from granite_ws.metric import Metric, percentile
from granite_ws.phrase import say


def measure(verdict: Verdict) -> dict[str, float | None]:
    """Every metric of a session by name; None where the session did not measure it."""
    return {metric.name: _rounded(metric.of(verdict)) for metric in METRICS}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _stalls_ms(verdict: Verdict) -> list[float]:
    """Each standstill once: a thread's heartbeat and the scheduler's may both miss it."""
    lengths: list[float] = []
    until_ns = 0
    for stall in sorted(verdict.timeline.stalls_while_connected, key=lambda one: one.began_ns):
        if lengths and stall.began_ns < until_ns:
            lengths[-1] = max(lengths[-1], stall.seconds * 1e3)
        else:
            lengths.append(stall.seconds * 1e3)
        until_ns = max(until_ns, stall.ended_ns)
    return lengths


def _forecasts_ms(verdict: Verdict) -> list[float]:
    predictions = verdict.timeline.predictions
    times = [prediction.seconds for prediction in predictions if prediction.error is None]
    return [seconds * 1e3 for seconds in times if seconds is not None]


def _deliveries_ms(verdict: Verdict) -> list[float]:
    return [s * 1e3 for emit in verdict.timeline.emits for s in emit.latencies_s]


def _pings_ms(verdict: Verdict) -> list[float]:
    trips = [ping.round_trip_s for ping in verdict.timeline.pings]
    return [seconds * 1e3 for seconds in trips if seconds is not None]


def _sizes(verdict: Verdict) -> list[float]:
    return [float(emit.bytes) for emit in verdict.timeline.emits]


def _server_samples(verdict: Verdict, key: str) -> list[float]:
    samples = verdict.timeline.log.of(Kind.SAMPLE)
    return [
        float(e.data[key]) for e in samples if e.data.get("role") == "server" and key in e.data
    ]


def _watched(verdict: Verdict) -> bool:
    """Whether anybody watched the server for stalls; clients watch only themselves."""
    watching = verdict.timeline.log.of(Kind.MONITOR_STARTED, Kind.STALL)
    return any(event.witness is not Witness.PROBE for event in watching)


def _stall(share: float) -> Callable[[Verdict], float | None]:
    """No stall at all is 0 where somebody watched, and nothing known where nobody did."""
    of = percentile(_stalls_ms, share)
    return lambda verdict: of(verdict) or (0.0 if _watched(verdict) else None)


def _stalls(verdict: Verdict) -> float | None:
    return float(len(_stalls_ms(verdict))) if _watched(verdict) else None


def _judged(count: Callable[[Verdict], int]) -> Callable[[Verdict], float | None]:
    """A count of what the diagnosis found. None found means none only where connections were
    seen from their beginning to their end.
    """

    def of(verdict: Verdict) -> float | None:
        found = count(verdict)
        ends = [connection.own for connection in verdict.timeline.connections]
        seen = bool(verdict.drops) or (bool(ends) and all(ends))
        return float(found) if found or seen else None

    return of


def _connected_s(verdict: Verdict) -> float | None:
    timeline = verdict.timeline
    spans = [(c.connected_ns, c.lost_ns or timeline.ended_ns) for c in timeline.connections]
    return sum(ended - begun for begun, ended in spans) / SECOND if spans else None


def _failed(verdict: Verdict) -> float | None:
    return float(len(verdict.timeline.log.of(Kind.FORECAST_FAILED)))


def _cpu(verdict: Verdict) -> float | None:
    found = _server_samples(verdict, "cpu_percent")
    return float(np.mean(found)) if found else None


def _memory(verdict: Verdict) -> float | None:
    found = _server_samples(verdict, "rss_bytes")
    return max(found) / 1e6 if found else None


def _waited(verdict: Verdict) -> float | None:
    """A neighbour on the same core shows here; so does ``cpu_starvation``."""
    samples = [
        (event.at_ns, event.data["waited_s"])
        for event in verdict.timeline.log.of(Kind.SAMPLE)
        if event.data.get("role") == "server" and "waited_s" in event.data
    ]
    if len(samples) < 2 or samples[-1][0] <= samples[0][0]:
        return None
    (begun, first), (ended, last) = samples[0], samples[-1]
    return max(last - first, 0.0) * SECOND / (ended - begun) * 100


METRICS: tuple[Metric, ...] = (
    Metric("drops", say("connections that were lost"), _judged(lambda v: len(v.drops))),
    Metric(
        "unexplained", say("drops without a known cause"), _judged(lambda v: len(v.unexplained))
    ),
    Metric("troubles", say("what people report as a drop"), _judged(lambda v: len(v.troubles))),
    Metric("stalls", say("times that the server stood still"), _stalls),
    Metric("stall_p99_ms", say("99th percentile of stalls"), _stall(99), values=_stalls_ms),
    Metric("stall_max_ms", say("longest stall"), _stall(100)),
    Metric(
        "forecasts",
        say("forecasts that were made"),
        lambda v: float(len(_forecasts_ms(v))),
        lower_is_better=False,
    ),
    Metric("failed_forecasts", say("forecasts that failed"), _failed),
    Metric(
        "forecast_p50_ms",
        say("median forecast time"),
        percentile(_forecasts_ms, 50),
        values=_forecasts_ms,
    ),
    Metric(
        "forecast_p99_ms", say("99th percentile of forecast time"), percentile(_forecasts_ms, 99)
    ),
    Metric(
        "delivery_p50_ms",
        say("median time from the emit to the client"),
        percentile(_deliveries_ms, 50),
        values=_deliveries_ms,
    ),
    Metric("delivery_p99_ms", say("99th percentile of delivery"), percentile(_deliveries_ms, 99)),
    Metric(
        "ping_p50_ms", say("median of PING to PONG"), percentile(_pings_ms, 50), values=_pings_ms
    ),
    Metric("ping_p99_ms", say("99th percentile of PING to PONG"), percentile(_pings_ms, 99)),
    Metric("message_p99_bytes", say("99th percentile of message size"), percentile(_sizes, 99)),
    Metric("cpu_percent", say("mean processor use of the server"), _cpu),
    Metric(
        "core_wait_percent",
        say("time that the server's threads were ready and had no core, added up"),
        _waited,
    ),
    Metric("memory_max_mb", say("largest memory of the server"), _memory),
    *ASKED_METRICS,
    Metric(
        "connected_s",
        say("seconds that clients were connected, added up"),
        _connected_s,
        lower_is_better=False,
    ),
)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}

"""Counts jobs for whoever watches a server: the Prometheus metrics of one process."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from granite_ws.jobs import Code, Job

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds: from a cache hit to the longest that anybody waits for.
_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 120)


class JobTally:
    """One process's counters, in a registry of their own: several servers may live in one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._asked = Counter(
            "granite_ws_forecasts_asked", "Forecasts taken on", ["via"], registry=self.registry
        )
        self._ended = Counter(
            "granite_ws_forecasts_ended",
            "Forecasts that ended, by state, code and what the cache had",
            ["state", "code", "cached"],
            registry=self.registry,
        )
        self._refused = Counter(
            "granite_ws_forecasts_refused",
            "Forecasts that were refused",
            ["code"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "granite_ws_forecast_seconds",
            "From the asking to the end, of those that were made",
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def asked(self, via: str) -> None:
        """One was taken on."""
        self._asked.labels(via).inc()

    def refused(self, code: Code) -> None:
        """One was not."""
        self._refused.labels(code.value).inc()

    def ended(self, job: Job) -> None:
        """One has ended."""
        self._ended.labels(job.state.value, job.code, job.cached).inc()
        if job.forecast is not None and job.seconds is not None:
            self._seconds.observe(job.seconds)

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """A figure that is asked for whenever somebody looks."""
        Gauge(f"granite_ws_{name}", about, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)

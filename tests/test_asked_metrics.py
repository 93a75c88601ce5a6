"""The metrics of asked forecasts."""

from __future__ import annotations

import pytest

from granite_ws.events import Kind, Witness
from tests.log_builder import connected, event, lost
from tests.test_asked import answered, asked
from tests.test_metrics import measured, sample


def test_latency_share_and_refusals() -> None:
    """Four asked: two answered, one of them from the cache, one refused, one still open."""
    found = measured(
        *(asked(n, name) for n, name in enumerate("abcd")),
        answered(5, "a", seconds=0.1),
        answered(5, "b", seconds=0.3, cached="hit"),
        answered(5, "c", ok=False, code="queue_full"),
    )
    assert (4, 50, 1, 50) == tuple(
        found[n] for n in ("asked", "answered_percent", "refused", "cache_hit_percent")
    )
    assert pytest.approx(200) == found["asked_p50_ms"]
    assert pytest.approx(298) == found["asked_p99_ms"]


def test_server_and_workers_are_added_up_by_the_second() -> None:
    """Two processes in one second are one sum; a client's samples are none of it."""
    found = measured(
        sample(1.0, cpu_percent=10.0, rss_bytes=100e6),
        sample(1.1, role="worker", cpu_percent=30.0, rss_bytes=50e6),
        sample(1.2, role="probe", cpu_percent=99.0, rss_bytes=900e6),
        sample(2.0, cpu_percent=20.0, rss_bytes=100e6),
    )
    assert (30, 150) == (found["all_cpu_percent"], found["all_memory_max_mb"])


def test_drops_are_told_by_the_kind_of_client() -> None:
    """A kind that was not there lost nobody that could be counted."""
    found = measured(connected(1), lost(5))
    assert (1, None) == (found["drops_python"], found["drops_node"])


def test_workers_that_died_are_counted_where_there_were_any() -> None:
    """None without workers, 0 with one that lived."""
    started = event(1, Kind.WORKER_STARTED, witness=Witness.WORKER, executor="process", pid=1)
    ended = event(2, Kind.WORKER_ENDED, executor="process", pid=1, reason="SIGSEGV")
    found = [measured(), measured(started), measured(started, ended)]
    assert [None, 0, 1] == [one["worker_restarts"] for one in found]

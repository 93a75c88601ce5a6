"""Jobs of this process alone."""

from __future__ import annotations

from dataclasses import replace

from granite_ws.edges.clock import Clock
from granite_ws.edges.job_store import KEPT_S, MemoryJobStore, open_store
from granite_ws.edges.redis_job_store import RedisJobStore
from granite_ws.jobs import Job, State
from granite_ws.settings import Settings


class Watch(Clock):
    """Shows the time that it is told."""

    at_ns = 0

    def now_ns(self) -> int:
        return Watch.at_ns


JOB = Job("a", State.QUEUED, "thread", 5, "2026-01-01T00:00:00+00:00")


def test_a_job_is_kept_as_it_was_last_and_for_an_hour() -> None:
    """Then nobody knows it, and its key is free."""
    Watch.at_ns = 0
    store, done = MemoryJobStore(Watch()), replace(JOB, state=State.DONE)
    store.save(JOB)
    store.save(done)
    assert store.claim("key", "print", "a") is None
    assert (done, ("a", "print")) == (store.load("a"), store.claim("key", "other", "b"))
    Watch.at_ns = (KEPT_S + 1) * 10**9
    assert (None, None) == (store.load("a"), store.claim("key", "other", "b"))


def test_redis_is_taken_where_there_is_one() -> None:
    """For all servers; else this process's memory."""
    assert isinstance(open_store(Settings()), MemoryJobStore)
    assert isinstance(open_store(Settings(redis_url="redis://127.0.0.1:1/0")), RedisJobStore)

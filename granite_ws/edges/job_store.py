"""Where jobs are kept for those who ask for them by id, and who had which idempotency key."""

from __future__ import annotations

import threading
from typing import Protocol

from cachetools import TTLCache

from granite_ws.edges.clock import Clock
from granite_ws.jobs import Job
from granite_ws.settings import Settings

# A job can be asked for so long after its last change (seconds), and so many are kept in memory.
KEPT_S = 3600
KEPT_JOBS = 10_000


class JobStore(Protocol):
    """Keeps jobs for an hour."""

    def save(self, job: Job) -> None:
        """Keeps the job as it is now. Raises Refused (no_queue) where Redis does not answer."""

    def load(self, job_id: str) -> Job | None:
        """The job as it was kept last; None when nobody knows it (any more)."""

    def claim(self, key: str, fingerprint: str, job_id: str) -> tuple[str, str] | None:
        """Makes an idempotency key this job's: None, or (job_id, fingerprint) of who had it first.

        fingerprint: of what was asked, so that another request under the same key is noticed.
        """


def open_store(settings: Settings, clock: Clock | None = None) -> JobStore:
    """In Redis where there is one, for all servers; else in this process."""
    if settings.redis_url:
        from granite_ws.edges.redis_job_store import RedisJobStore

        return RedisJobStore(settings.redis_url)
    return MemoryJobStore(clock or Clock())


class MemoryJobStore:
    """Keeps them in this process, the oldest out first."""

    def __init__(self, clock: Clock) -> None:
        life_ns = KEPT_S * 10**9
        self._jobs: TTLCache[str, Job] = TTLCache(KEPT_JOBS, life_ns, timer=clock.now_ns)
        self._keys: TTLCache[str, tuple[str, str]] = TTLCache(
            KEPT_JOBS, life_ns, timer=clock.now_ns
        )
        self._lock = threading.Lock()

    def save(self, job: Job) -> None:
        """As the protocol has it."""
        with self._lock:
            self._jobs[job.job_id] = job

    def load(self, job_id: str) -> Job | None:
        """As the protocol has it."""
        with self._lock:
            return self._jobs.get(job_id)

    def claim(self, key: str, fingerprint: str, job_id: str) -> tuple[str, str] | None:
        """As the protocol has it."""
        with self._lock:
            first = self._keys.get(key)
            if first is None:
                self._keys[key] = job_id, fingerprint
            return first

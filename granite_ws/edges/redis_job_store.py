"""Jobs in Redis, for all servers and workers: JSON, forgotten by Redis itself after an hour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from granite_ws.edges.job_store import KEPT_S
from granite_ws.jobs import Code, Job, Refused

# A Redis that does not answer within this (seconds) is none.
ANSWER_S = 2.0
_JOB, _KEY = "granite_ws:job:", "granite_ws:idempotency:"


def connect(url: str) -> Redis:
    """A client that waits for two seconds at most; it connects with its first command."""
    return Redis.from_url(
        url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, decode_responses=True
    )


@contextmanager
def asking(_redis: Redis) -> Iterator[None]:
    """Inside, a Redis that does not answer is a refusal. Raises Refused (no_queue)."""
    try:
        yield
    except RedisError as error:
        raise Refused(Code.NO_QUEUE, f"Redis does not answer: {error}") from error


class RedisJobStore:
    """As the protocol has it; every method raises Refused where Redis does not answer."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)

    def save(self, job: Job) -> None:
        """For an hour from now."""
        with asking(self._redis):
            self._redis.set(_JOB + job.job_id, json.dumps(job.to_dict()), ex=KEPT_S)

    def load(self, job_id: str) -> Job | None:
        """As it was kept last, by whichever process."""
        with asking(self._redis):
            found: Any = self._redis.get(_JOB + job_id)
        return Job.from_dict(json.loads(found)) if found else None

    def claim(self, key: str, fingerprint: str, job_id: str) -> tuple[str, str] | None:
        """The first of all servers has it."""
        told = json.dumps([job_id, fingerprint])
        with asking(self._redis):
            first: Any = self._redis.set(_KEY + key, told, nx=True, get=True, ex=KEPT_S)
        if first is None:
            return None
        had_it, what = json.loads(first)
        return str(had_it), str(what)

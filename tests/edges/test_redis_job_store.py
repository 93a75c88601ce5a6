"""Jobs that every server finds."""

from __future__ import annotations

import pytest
import redis

from granite_ws.edges.redis_job_store import RedisJobStore
from granite_ws.jobs import Code, Job, Refused, State
from tests.edges.redis_lab import RedisServer

JOB = Job("a" * 32, State.QUEUED, "queue", 5, "2026-01-01T00:00:00+00:00", "mine")


def test_a_job_is_found_by_another_server(redis_url: str) -> None:
    """As it was kept last, as JSON, for an hour."""
    RedisJobStore(redis_url).save(JOB)
    assert RedisJobStore(redis_url).load(JOB.job_id) == JOB
    assert RedisJobStore(redis_url).load("nobody") is None
    client = redis.Redis.from_url(redis_url)
    assert 3000 < client.ttl(f"granite_ws:job:{JOB.job_id}") <= 3600
    assert client.get(f"granite_ws:job:{JOB.job_id}").startswith(b"{")


def test_the_first_of_all_servers_has_a_key(redis_url: str) -> None:
    """Others are told whose it is, and what was asked."""
    first, second = RedisJobStore(redis_url), RedisJobStore(redis_url)
    assert first.claim("key-1", "print", "a") is None
    assert second.claim("key-1", "other", "b") == ("a", "print")
    assert second.claim("key-2", "other", "b") is None


def test_without_redis_everything_is_refused() -> None:
    """Within seconds, with the code for it."""
    with RedisServer() as server:
        store = RedisJobStore(server.url)
        store.save(JOB)
    for act in (
        lambda: store.save(JOB),
        lambda: store.load("a"),
        lambda: store.claim("k", "", ""),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert Code.NO_QUEUE == refused.value.code

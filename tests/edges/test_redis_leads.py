"""A lead lives as long as its process says so, and not much longer."""

from __future__ import annotations

import threading
import time

import redis

from granite_ws.edges.redis_leads import Leads

LIFE_MS = 300


def test_a_lead_outlives_its_own_expiry(redis_url: str) -> None:
    """Four lives long it is there; given up, it is gone after one more."""
    client = redis.Redis.from_url(redis_url)
    leads = Leads(lambda question: question(client), LIFE_MS)
    client.set("lead:a", "me", px=LIFE_MS)
    leads.hold("lead:a", "me")
    threading.Event().wait(4 * LIFE_MS / 1000)
    assert b"me" == client.get("lead:a")
    leads.close()
    assert _gone(client, "lead:a")


def test_another_ones_lead_is_not_renewed(redis_url: str) -> None:
    """A token that is not ours any more: the key expires as its owner had it."""
    client = redis.Redis.from_url(redis_url)
    leads = Leads(lambda question: question(client), LIFE_MS)
    client.set("lead:b", "somebody else", px=LIFE_MS)
    leads.hold("lead:b", "me")
    assert _gone(client, "lead:b")
    leads.drop("lead:b")


def _gone(client: redis.Redis, name: str) -> bool:
    until = time.monotonic() + 10
    while client.exists(name) and time.monotonic() < until:
        threading.Event().wait(0.02)
    return not client.exists(name)

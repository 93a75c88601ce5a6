"""The cache of several servers: two RedisCache objects stand for two of them, Redis is real."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from granite_ws import Settings
from granite_ws.edges import redis_cache
from granite_ws.edges.clock import Clock
from granite_ws.edges.forecast_cache import worth_keeping
from granite_ws.edges.redis_cache import RedisCache
from granite_ws.jobs import Code, Outcome
from tests.edges.redis_lab import RedisServer, wait_for_listener
from tests.edges.test_forecast_cache import FAILED, WAIT_S, Heard, nobody, outcome, same
from tests.fake_clock import FakeClock

PREFIX = "granite_ws:forecast:"


def server(
    url: str, clock: Clock | FakeClock | None = None, *, answer_s: float = WAIT_S
) -> RedisCache:
    """One server's cache; a busy test machine must not look like a Redis that does not answer."""
    own = Settings(redis_url=url, cache_s=60, cache_stale_s=30, forecast_timeout_s=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("granite_ws.edges.redis_cache._ANSWER_S", answer_s)
        return RedisCache(own, clock or Clock())


@pytest.fixture
def cache(redis_url: str) -> Iterator[RedisCache]:
    made = server(redis_url)
    yield made
    made.close()


@pytest.fixture
def other(redis_url: str) -> Iterator[RedisCache]:
    made = server(redis_url)
    yield made
    made.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as made:
        yield made


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


def test_one_server_keeps_for_the_other(
    cache: RedisCache, other: RedisCache, client: redis.Redis, key: str
) -> None:
    """Kept as JSON; fresh, then stale in its last cache_stale_s, then Redis lets it expire."""
    assert other.look_up(key) is None
    cache.settle(key, outcome())
    assert outcome().to_dict() == json.loads(client.get(f"{PREFIX}kept:{key}"))
    found = other.look_up(key)
    assert found is not None
    assert same(outcome(), found.outcome)
    assert (False, True) == (found.stale, 0 <= found.age_s < WAIT_S)
    assert 60_000 < client.pttl(f"{PREFIX}kept:{key}") <= 90_000
    client.pexpire(f"{PREFIX}kept:{key}", 30_000)  # sixty seconds pass
    found = other.look_up(key)
    assert found is not None
    assert (True, True) == (found.stale, 60 <= found.age_s < 60 + WAIT_S)
    client.pexpire(f"{PREFIX}kept:{key}", 0)
    assert other.look_up(key) is None


@pytest.mark.parametrize(
    "end", [outcome(), FAILED, outcome(fallback="it loads")], ids=["made", "error", "fallback"]
)
def test_one_leads_all_hear(cache: RedisCache, other: RedisCache, key: str, end: Outcome) -> None:
    """Of two servers one makes it; who follows in either hears how it ended, also an error."""
    heard = [Heard() for _ in range(4)]
    assert cache.lead(key, nobody)
    led = [it.lead(key, ear) for it, ear in zip((cache, other, cache, other), heard, strict=True)]
    assert [False] * 4 == led
    cache.settle(key, end)
    assert all(same(end, ear.one()) for ear in heard)
    assert worth_keeping(end) == (other.look_up(key) is not None)


def test_a_settled_lead_is_free_again(
    cache: RedisCache, other: RedisCache, client: redis.Redis, key: str
) -> None:
    """After an error the next one who asks leads, whichever server he asks; no key is left."""
    for first, second in ((cache, other), (other, cache)):
        heard = Heard()
        assert first.lead(key, nobody)
        assert not second.lead(key, heard)
        first.settle(key, FAILED)
        assert not client.exists(f"{PREFIX}lead:{key}")
        # Until the news is there, whoever asks the other server follows the lead that ended.
        assert same(FAILED, heard.one())
    every = client.scan_iter(f"{PREFIX}*")
    assert all(client.pttl(name) > 0 for name in every), "a key without an expiry"


def test_a_stale_forecast_is_remade_by_one_server(
    cache: RedisCache, other: RedisCache, client: redis.Redis, key: str
) -> None:
    """Both have the old one; one leads, and both have the new one afterwards."""
    cache.settle(key, outcome(1))
    client.pexpire(f"{PREFIX}kept:{key}", 20_000)
    heard = Heard()
    assert cache.lead(key, nobody)
    assert not other.lead(key, heard)
    found = other.look_up(key)
    assert found is not None
    assert (True, True) == (found.stale, same(outcome(1), found.outcome))
    cache.settle(key, outcome(2))
    assert same(outcome(2), heard.one())
    found = other.look_up(key)
    assert found is not None
    assert (False, True) == (found.stale, same(outcome(2), found.outcome))


def test_settled_between_look_up_and_lead(cache: RedisCache, other: RedisCache, key: str) -> None:
    """Who finds nothing, and leads only when another server has just settled, makes none."""
    heard = Heard()
    assert cache.look_up(key) is None
    other.settle(key, outcome())
    assert not cache.lead(key, heard)
    assert same(outcome(), heard.one())


def test_a_leader_that_is_gone(
    cache: RedisCache, other: RedisCache, client: redis.Redis, key: str
) -> None:
    """His key expires without an end: who follows hears that he is gone, the next one leads."""
    heard = Heard()
    assert cache.lead(key, nobody)
    assert not other.lead(key, heard)
    assert 5_000 < client.pttl(f"{PREFIX}lead:{key}") <= 10_000
    client.pexpire(f"{PREFIX}lead:{key}", 0)
    end = heard.one()
    assert (Code.ABANDONED, "whoever made it is gone") == (end.code, end.error)
    assert other.lead(key, nobody)
    other.settle(key, FAILED)


def test_a_late_leader_takes_nobodys_lead(
    cache: RedisCache, other: RedisCache, client: redis.Redis, key: str
) -> None:
    """Who settles after his key expired leaves the lead to the one who has it by then."""
    assert cache.lead(key, nobody)
    client.pexpire(f"{PREFIX}lead:{key}", 0)
    assert other.lead(key, nobody)
    cache.settle(key, FAILED)
    assert client.exists(f"{PREFIX}lead:{key}")
    other.settle(key, FAILED)
    assert not client.exists(f"{PREFIX}lead:{key}")


def test_a_lost_message_loses_no_answer(
    cache: RedisCache, other: RedisCache, client: redis.Redis, key: str
) -> None:
    """The end stands in a key: without any message it is found within a second or two."""
    heard = Heard()
    assert cache.lead(key, nobody)
    assert not other.lead(key, heard)
    token = client.get(f"{PREFIX}lead:{key}")
    with client.pipeline() as pipe:  # what settle does, but for the message
        pipe.set(f"{PREFIX}end:{token}", json.dumps(FAILED.to_dict()), px=60_000)
        pipe.delete(f"{PREFIX}lead:{key}").execute()
    assert same(FAILED, heard.one())


def test_a_message_wakes(
    cache: RedisCache,
    other: RedisCache,
    client: redis.Redis,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who follows is told by a message, long before he would look again."""
    monkeypatch.setattr("granite_ws.edges.redis_cache._AGAIN_S", 10 * WAIT_S)
    heard = Heard()
    assert cache.lead(key, nobody)
    assert not other.lead(key, heard)
    wait_for_listener(client, f"{PREFIX}settled")
    cache.settle(key, FAILED)
    assert same(FAILED, heard.one())


def test_settled_before_anybody_heard_of_it(
    cache: RedisCache,
    other: RedisCache,
    client: redis.Redis,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An end whose message came before the one who follows was known here is found at once."""
    monkeypatch.setattr("granite_ws.edges.redis_cache._AGAIN_S", 10 * WAIT_S)
    first, heard, join = Heard(), Heard(), other._join
    assert cache.lead(f"{key} first", nobody)
    assert cache.lead(key, nobody)
    assert not other.lead(f"{key} first", first)
    wait_for_listener(client, f"{PREFIX}settled")

    missed, check = threading.Event(), other._check

    def checked(token: str = "") -> bool:
        answered = check(token)
        missed.set()
        return answered

    def late(*told: Any) -> None:
        monkeypatch.setattr(other, "_check", checked)
        cache.settle(key, FAILED)
        assert missed.wait(WAIT_S)
        join(*told)

    monkeypatch.setattr(other, "_join", late)
    assert not other.lead(key, heard)
    assert same(FAILED, heard.one())
    cache.settle(f"{key} first", FAILED)
    assert same(FAILED, first.one())


def listeners() -> list[threading.Thread]:
    return [it for it in threading.enumerate() if it.name == "forecast-cache" and it.is_alive()]


def test_one_thread_listens_for_all(cache: RedisCache, other: RedisCache) -> None:
    """Ten keys of another server cost one thread, which ends when nothing is followed any more."""
    keys = [uuid.uuid4().hex for _ in range(10)]
    heard = [Heard() for _ in keys]
    assert all(cache.lead(key, nobody) for key in keys)
    assert not any(other.lead(key, ear) for key, ear in zip(keys, heard, strict=True))
    assert 1 == len(listeners())
    for key in keys:
        cache.settle(key, outcome())
    assert all(same(outcome(), ear.one()) for ear in heard)
    for thread in listeners():
        thread.join(WAIT_S)
    assert [] == listeners()


def test_close_tells_those_who_follow(cache: RedisCache, redis_url: str, key: str) -> None:
    """Nobody waits for ever for a server that ends, nor does a thread of it stay."""
    ending, heard = server(redis_url), Heard()
    assert cache.lead(key, nobody)
    assert not ending.lead(key, heard)
    ending.close()
    assert (Code.SHUTTING_DOWN, []) == (heard.one().code, listeners())
    assert ending.look_up(key) is None
    cache.settle(key, FAILED)


@pytest.mark.parametrize(
    "text", ["", "\xff", "no JSON", "[1]", '{"forecast": null}', '{"forecast": {"values": "x"}}']
)
def test_what_another_program_wrote(
    cache: RedisCache,
    client: redis.Redis,
    key: str,
    text: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A key that holds no forecast is deleted with a warning that names it, and raises nothing."""
    name = f"{PREFIX}kept:{key}"
    for asks in (lambda: cache.look_up(key) is None, lambda: cache.lead(key, nobody)):
        client.set(name, text.encode("latin-1"), px=90_000)
        assert asks()
        assert not client.exists(name)
    assert f"{name} holds no forecast" in caplog.text
    cache.settle(key, FAILED)


def test_many_threads_of_two_servers_make_one(
    cache: RedisCache, other: RedisCache, key: str
) -> None:
    """Twenty threads of two servers ask at once: one leads, all have the same numbers."""
    begin, heard = threading.Barrier(20), Heard()
    led: queue.Queue[RedisCache | None] = queue.Queue()

    def ask(it: RedisCache) -> None:
        begin.wait(WAIT_S)
        led.put(it if it.lead(key, heard) else None)

    threads = [threading.Thread(target=ask, args=(it,)) for it in (cache, other) * 10]
    for thread in threads:
        thread.start()
    leaders = [it for it in (led.get(timeout=WAIT_S) for _ in threads) if it is not None]
    assert 1 == len(leaders)
    leaders[0].settle(key, outcome(3))
    assert all(same(outcome(3), heard.one()) for _ in range(19))
    for thread in threads:
        thread.join(WAIT_S)
    assert heard.nothing()


def test_under_gevent(redis_url: str) -> None:
    """A process whose threads are greenlets follows and is told; its loop goes on meanwhile."""
    script = f"""
from gevent import monkey
monkey.patch_all()
import gevent
from tests.edges.test_redis_cache import FAILED, Heard, nobody, server
first, second, heard = server({redis_url!r}), server({redis_url!r}), Heard()
ticks = []
gevent.spawn(lambda: [ticks.append(gevent.sleep(0.01)) for _ in range(1000)])
print(first.lead("greenlets", nobody), second.lead("greenlets", heard))
gevent.spawn_later(0.3, first.settle, "greenlets", FAILED)
print(heard.one().error == FAILED.error, len(ticks) > 5)
first.close(), second.close()
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=90
    )
    assert ("True False\nTrue True\n", 0) == (ended.stdout, ended.returncode), ended.stderr


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING]


def test_no_redis_there(caplog: pytest.LogCaptureFixture) -> None:
    """As if empty: everything answers, one warning; within the process one still leads."""
    clock, heard = FakeClock(), Heard()
    alone = server("redis://127.0.0.1:9/0", clock)
    for _ in range(3):
        assert alone.look_up("a") is None
        assert alone.lead("a", nobody)
        assert not alone.lead("a", heard)
        alone.settle("a", outcome())
        assert same(outcome(), heard.one())
        clock.sleep(6)
    alone.close()
    assert 1 == len(warnings(caplog))
    assert "Redis does not answer" in warnings(caplog)[0]


def test_a_frozen_redis_costs_one_short_wait(caplog: pytest.LogCaptureFixture) -> None:
    """A Redis that takes a connection and says nothing costs 0.3 s, then nothing until the pause
    is over; when it answers again the cache is used again.
    """
    clock = FakeClock()
    caplog.set_level(logging.INFO)
    with RedisServer() as lab:
        frozen = server(lab.url, clock, answer_s=redis_cache._ANSWER_S)
        frozen.settle("a", outcome())
        lab.freeze()
        begun = time.monotonic()
        assert frozen.look_up("a") is None
        first = time.monotonic() - begun
        assert [None] * 50 == [frozen.look_up("a") for _ in range(50)]
        rest = time.monotonic() - begun - first
        assert (True, True) == (0.2 < first < 3, rest < 3), (first, rest)  # not 50 times 0.3
        lab.thaw()
        assert frozen.look_up("a") is None
        clock.sleep(6)
        found = frozen.look_up("a")
        assert found is not None
        frozen.close()
    assert 1 == len(warnings(caplog))
    assert "Redis answers again" in caplog.text


def test_redis_begins_anew_while_somebody_follows() -> None:
    """A Redis that was killed and is back knows of no lead: who follows hears that he is gone."""
    with RedisServer() as lab:
        first, second, heard = server(lab.url), server(lab.url), Heard()
        assert first.lead("a", nobody)
        assert not second.lead("a", heard)
        lab.end()
        lab.start()
        assert Code.ABANDONED == heard.one().code
        first.close()
        second.close()


def test_redis_stays_away_while_somebody_follows() -> None:
    """Who follows through a Redis that is gone for good is told so, after ten seconds of it."""
    clock = FakeClock()
    with RedisServer() as lab:
        first, second, heard = server(lab.url), server(lab.url, clock), Heard()
        assert first.lead("a", nobody)
        assert not second.lead("a", heard)
        lab.end()
        clock.sleep(11)
        assert Code.NO_QUEUE == heard.one().code
        first.close()
        second.close()

"""Forecasts that are kept, and made once at a time, in this process."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from granite_ws import Settings
from granite_ws.edges.forecast_cache import (
    Answer,
    ForecastCache,
    Lookups,
    MemoryCache,
    NoCache,
    open_cache,
    tell,
    worth_keeping,
)
from granite_ws.edges.redis_cache import RedisCache
from granite_ws.forecast import Engine, Forecast
from granite_ws.jobs import Code, Outcome
from tests.fake_clock import FakeClock

WAIT_S = 20.0
FAILED = Outcome(error="no engine gave finite numbers", code=Code.FAILED)


def outcome(number: float = 1.0, fallback: str | None = None) -> Outcome:
    stamps = pd.date_range("2026-01-01", periods=2, freq="h", unit="us")
    made = Forecast(stamps, np.array([number, 2.5]), Engine.GRANITE_DEMO, "demo", 512, 0.1)
    return Outcome(replace(made, fallback_reason=fallback))


def cache(clock: FakeClock, **own: float) -> MemoryCache:
    return MemoryCache(Settings(**{"cache_s": 10, "cache_stale_s": 5, **own}), clock)


def nobody(_: Outcome) -> None:
    raise AssertionError("the one who leads is not called")


class Heard:
    """One who follows, and waits with a deadline."""

    def __init__(self) -> None:
        self._came: queue.Queue[Outcome] = queue.Queue()

    def __call__(self, end: Outcome) -> None:
        self._came.put(end)

    def one(self) -> Outcome:
        return self._came.get(timeout=WAIT_S)

    def nothing(self) -> bool:
        return self._came.empty()


def same(expected: Outcome, found: Outcome | None) -> bool:
    return found is not None and expected.to_dict() == found.to_dict()


def test_fresh_then_stale_then_gone() -> None:
    """Up to cache_s it is fresh, then stale for cache_stale_s, then there is nothing."""
    clock = FakeClock()
    kept = cache(clock)
    made = outcome()
    assert kept.look_up("a") is None
    kept.settle("a", made)
    seen = []
    for at_s in (0, 9.999999999, 10, 14.999999999, 15):
        clock.ns = round(at_s * 1e9)
        found = kept.look_up("a")
        seen.append(found and (found.outcome is made, found.stale, found.age_s))
    expected = [(True, False, 0), (True, False, 9.999999999), (True, True, 10)]
    assert [*expected, (True, True, 14.999999999), None] == seen


@pytest.mark.parametrize(
    "end", [FAILED, outcome(fallback="the model loads")], ids=lambda it: it.error
)
def test_what_is_not_kept(end: Outcome) -> None:
    """An error and a fallback reach those who wait, leave no entry, and spare an older one."""
    clock = FakeClock()
    kept, heard = cache(clock), []
    assert not worth_keeping(end)
    assert kept.lead("a", nobody)
    assert not kept.lead("a", heard.append)
    kept.settle("a", end)
    assert ([end], None) == (heard, kept.look_up("a"))
    kept.settle("a", outcome())
    clock.sleep(11)
    assert kept.lead("a", nobody)
    kept.settle("a", end)
    found = kept.look_up("a")
    assert found is not None
    assert (outcome().to_dict(), True) == (found.outcome.to_dict(), found.stale)


def test_a_stale_forecast_is_remade_once() -> None:
    """While one remakes it, the others still get the old one and do not lead; then it is fresh."""
    clock = FakeClock()
    kept, heard = cache(clock), []
    kept.settle("a", outcome(1))
    clock.sleep(12)
    led = [kept.lead("a", heard.append) for _ in range(3)]
    found = kept.look_up("a")
    assert found is not None
    assert ([True, False, False], True) == (led, found.stale)
    remade = outcome(2)
    kept.settle("a", remade)
    found = kept.look_up("a")
    assert found is not None
    assert (False, remade, [remade, remade]) == (found.stale, found.outcome, heard)


def test_least_recently_used_out_first() -> None:
    """Above cache_entries the one goes that was not looked up for longest, not the oldest."""
    kept = cache(FakeClock(), cache_entries=2)
    kept.settle("a", outcome())
    kept.settle("b", outcome())
    kept.look_up("a")
    kept.settle("c", outcome())
    assert [True, False, True] == [kept.look_up(key) is not None for key in "abc"]


def test_settled_between_look_up_and_lead() -> None:
    """Who finds nothing, and leads only when another one has just settled, makes nothing anew."""
    kept, heard = cache(FakeClock()), []
    assert kept.look_up("a") is None
    made = outcome()
    kept.settle("a", made)
    assert not kept.lead("a", heard.append)
    assert [made] == heard


def test_one_failing_follower_does_not_reach_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its error is logged with its stack; the next one is still told."""
    heard: list[Outcome] = []

    def fails(_: Outcome) -> None:
        raise RuntimeError("gone away")

    tell([fails, heard.append], FAILED)
    assert [FAILED] == heard
    assert "gone away" in caplog.text


def test_close_tells_those_who_follow() -> None:
    """Nobody waits for ever for a cache that is closed; a late settle calls nobody twice."""
    kept, heard = cache(FakeClock()), []
    kept.lead("a", nobody)
    kept.lead("a", heard.append)
    kept.close()
    kept.settle("a", outcome())
    assert [Code.SHUTTING_DOWN] == [it.code for it in heard]


def test_no_cache_keeps_nothing() -> None:
    """Everybody leads, nobody is told, nothing is found."""
    kept = NoCache()
    assert [True, True] == [kept.lead("a", nobody) for _ in range(2)]
    kept.settle("a", outcome())
    assert kept.look_up("a") is None
    kept.close()


def test_the_settings_choose() -> None:
    """cache_s=0 is none, redis_url is Redis (which need not be there), else this process."""
    nowhere = "redis://127.0.0.1:9/0"
    opened = [
        open_cache(Settings(cache_s=0, redis_url=nowhere)),
        open_cache(Settings(redis_url=nowhere)),
        open_cache(Settings()),
    ]
    assert [NoCache, RedisCache, MemoryCache] == [type(it) for it in opened]
    for it in opened:
        it.close()


def test_lookups() -> None:
    """Each answer is counted; only a miss is no hit."""
    lookups = Lookups()
    said = [lookups.count(answer) for answer in (Answer.MISS, Answer.HIT, Answer.SHARED)]
    assert {"answer": "miss", "hit_ratio": 0.0, "lookups": 1} == said[0]
    assert {"answer": "hit", "hit_ratio": 0.5, "lookups": 2} == said[1]
    assert 3 == said[2]["lookups"]
    assert pytest.approx(2 / 3) == said[2]["hit_ratio"]
    assert {"hit": 1, "stale": 0, "shared": 1, "miss": 1} == lookups.counts()


def ask_at_once(kept: ForecastCache, askers: int) -> tuple[int, list[Outcome]]:
    """(how many led, what each asker got) when so many threads ask for one key at a time."""
    begin, all_in = threading.Barrier(askers), threading.Event()
    led: list[bool] = []
    got: list[Outcome] = []

    def ask() -> None:
        begin.wait(WAIT_S)
        leads = kept.lead("a", got.append)
        led.append(leads)
        if len(led) == askers:
            all_in.set()
        if leads:
            assert all_in.wait(WAIT_S)
            got.append(outcome(7))
            kept.settle("a", got[-1])

    threads = [threading.Thread(target=ask) for _ in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    return sum(led), got


def test_many_threads_make_one() -> None:
    """Twenty threads that ask at once: one leads, and all have the same forecast."""
    led, got = ask_at_once(cache(FakeClock()), 20)
    assert (1, 20, 1) == (led, len(got), len({id(it) for it in got}))


def test_greenlets_make_one() -> None:
    """The same under gevent, whose threads are greenlets."""
    script = """
from gevent import monkey
monkey.patch_all()
from tests.edges.test_forecast_cache import FakeClock, ask_at_once, cache
led, got = ask_at_once(cache(FakeClock()), 20)
print(led, len(got))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=90
    )
    assert ("1 20", 0) == (ended.stdout.strip(), ended.returncode), ended.stderr


KEYS = st.sampled_from("abc")


class AgainstAModel(RuleBasedStateMachine):
    """MemoryCache beside a few lines that say what it must do."""

    @initialize(fresh=st.integers(1, 9), stale=st.integers(0, 9), entries=st.integers(1, 2))
    def begin(self, fresh: int, stale: int, entries: int) -> None:
        self.clock, self.fresh, self.life, self.entries = (
            FakeClock(),
            fresh,
            fresh + stale,
            entries,
        )
        self.real = cache(self.clock, cache_s=fresh, cache_stale_s=stale, cache_entries=entries)
        self.kept: OrderedDict[str, tuple[int, Outcome]] = OrderedDict()
        self.led: dict[str, int] = {}
        self.heard: list[Outcome] = []
        self.number = 0

    def age(self, key: str) -> int | None:
        """Seconds, None when it is gone; looking makes it recently used."""
        if key not in self.kept:
            return None
        self.kept.move_to_end(key)
        return self.clock.ns // 1_000_000_000 - self.kept[key][0]

    @rule(seconds=st.integers(1, 4))
    def time_passes(self, seconds: int) -> None:
        self.clock.sleep(seconds)
        now = self.clock.ns // 1_000_000_000
        for key in [key for key, (at, _) in self.kept.items() if now - at >= self.life]:
            del self.kept[key]

    @rule(key=KEYS)
    def look_up(self, key: str) -> None:
        found, age = self.real.look_up(key), self.age(key)
        assert (age is None) == (found is None)
        if found is not None and age is not None:
            assert (age >= self.fresh, age) == (found.stale, found.age_s)
            assert found.outcome is self.kept[key][1]

    @rule(key=KEYS)
    def lead(self, key: str) -> None:
        age, before = self.age(key), len(self.heard)
        leads = self.real.lead(key, self.heard.append)
        if age is not None and age < self.fresh:
            assert not leads
            assert self.heard[before:] == [self.kept[key][1]]
            return
        assert leads == (key not in self.led)
        assert before == len(self.heard)
        self.led[key] = self.led.get(key, -1) + 1

    @rule(key=KEYS, good=st.booleans())
    def settle(self, key: str, good: bool) -> None:
        self.number += 1
        end = outcome(self.number) if good else FAILED
        before = len(self.heard)
        self.real.settle(key, end)
        assert [end] * self.led.pop(key, 0) == self.heard[before:]
        if good:
            if key not in self.kept and len(self.kept) == self.entries:
                self.kept.popitem(last=False)
            self.kept[key] = self.clock.ns // 1_000_000_000, end
            self.kept.move_to_end(key)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        if hasattr(self, "real"):
            assert set(self.kept) == set(self.real._kept)
            assert len(self.kept) <= self.entries


def test_memory_cache_does_as_the_model() -> None:
    """Fresh, stale, gone, bound, least recently used out; one leader for a key until it settles"""
    few = effort(max_examples=100, stateful_step_count=30, deadline=None)
    run_machine(AgainstAModel, settings=few)

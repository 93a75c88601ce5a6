"""Forecasts that were made already, and those that are made at this moment: each only once."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cachetools import TTLCache

from granite_ws.edges.clock import Clock
from granite_ws.jobs import Code, Outcome
from granite_ws.settings import Settings

Follow = Callable[[Outcome], None]
_LOG = logging.getLogger("granite_ws.cache")
_CLOSED = Outcome(error="the cache was closed", code=Code.SHUTTING_DOWN)


class Answer(StrEnum):
    """What came of a look-up."""

    HIT = "hit"
    STALE = "stale"  # given all the same, and remade behind it
    SHARED = "shared"  # somebody makes it at this moment
    MISS = "miss"


@dataclass(frozen=True)
class Cached:
    """A forecast that was kept. age_s: seconds since it was; ``stale``: older than ``cache_s``."""

    outcome: Outcome
    stale: bool
    age_s: float


class ForecastCache(Protocol):
    """Where forecasts are kept by ``ForecastRequest.key``. No method raises, from any thread."""

    def look_up(self, key: str) -> Cached | None:
        """The kept forecast, fresh or stale; None when there is none any more."""

    def lead(self, key: str, follow: Follow) -> bool:
        """Whether the caller is the one who makes this forecast: then he must ``settle`` it, and
        his own ``follow`` is not called.

        False: ``follow`` is called once, with what the one who makes it came to: from any thread,
        or before this returns (when a fresh forecast was kept since the look-up). Hold no lock
        that ``follow`` takes.
        """

    def settle(self, key: str, outcome: Outcome) -> None:
        """Ends the lead: keeps a forecast that is worth it, and calls those who follow."""

    def close(self) -> None:
        """Whoever still follows is told that there will be nothing."""


def worth_keeping(outcome: Outcome) -> bool:
    """No error, and no fallback: the next attempt may come to the real model's forecast."""
    return outcome.forecast is not None and outcome.forecast.fallback_reason is None


def open_cache(settings: Settings, clock: Clock | None = None) -> ForecastCache:
    """The cache that the settings ask for: none, in Redis, or in this process."""
    clock = clock or Clock()
    if settings.cache_s == 0:
        return NoCache()
    if settings.redis_url:
        from granite_ws.edges.redis_cache import RedisCache

        return RedisCache(settings, clock)
    return MemoryCache(settings, clock)


class NoCache:
    """Keeps nothing: everybody makes his own."""

    def look_up(self, key: str) -> Cached | None:
        """Nothing."""
        return None

    def lead(self, key: str, follow: Follow) -> bool:
        """Always."""
        return True

    def settle(self, key: str, outcome: Outcome) -> None:
        """Nobody follows."""

    def close(self) -> None:
        """Nothing to close."""


class MemoryCache:
    """Forecasts kept in this process: at most ``cache_entries``, least recently used out first."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._fresh_ns = round(settings.cache_s * 1e9)
        life_ns = self._fresh_ns + round(settings.cache_stale_s * 1e9)
        # (outcome, kept at); whole nanoseconds, so that an age is never rounded across a limit.
        self._kept: TTLCache[str, tuple[Outcome, int]] = TTLCache(
            settings.cache_entries, life_ns, timer=clock.now_ns
        )
        self._followers: dict[str, list[Follow]] = {}
        self._lock = threading.Lock()

    def look_up(self, key: str) -> Cached | None:
        """The kept forecast; being looked up makes it recently used."""
        with self._lock:
            return self._find(key)

    def lead(self, key: str, follow: Follow) -> bool:
        """As the protocol has it."""
        with self._lock:
            kept = self._find(key)
            if kept is None or kept.stale:
                if key not in self._followers:
                    self._followers[key] = []
                    return True
                self._followers[key].append(follow)
                return False
        tell([follow], kept.outcome)
        return False

    def settle(self, key: str, outcome: Outcome) -> None:
        """As the protocol has it; what is not worth keeping leaves an older forecast in place."""
        with self._lock:
            if worth_keeping(outcome):
                self._kept[key] = outcome, self._clock.now_ns()
            followers = self._followers.pop(key, [])
        tell(followers, outcome)

    def close(self) -> None:
        """As the protocol has it."""
        with self._lock:
            left = [follow for followers in self._followers.values() for follow in followers]
            self._followers.clear()
        tell(left, _CLOSED)

    def _find(self, key: str) -> Cached | None:
        found = self._kept.get(key)
        if found is None:
            return None
        outcome, at_ns = found
        age_ns = self._clock.now_ns() - at_ns
        return Cached(outcome, age_ns >= self._fresh_ns, age_ns / 1e9)


def tell(followers: Iterable[Follow], outcome: Outcome) -> None:
    """Calls each one; an error of one is logged, and does not reach the others."""
    for follow in followers:
        try:
            follow(outcome)
        except Exception:
            _LOG.exception("One who waited for a shared forecast failed")


class Lookups:
    """Counts what came of the look-ups."""

    def __init__(self) -> None:
        self._counts: Counter[Answer] = Counter()
        self._lock = threading.Lock()

    def count(self, answer: Answer) -> dict[str, Any]:
        """One more; returns the fields of its ``CACHE_LOOKED_UP`` event.

        hit_ratio: the part of all look-ups so far, 0 to 1, that had not to wait for a forecast
        made for it alone: hit, stale and shared.
        """
        with self._lock:
            self._counts[answer] += 1
            counts = dict(self._counts)
        lookups = sum(counts.values())
        ratio = 1 - counts.get(Answer.MISS, 0) / lookups
        return {"answer": answer.value, "hit_ratio": ratio, "lookups": lookups}

    def counts(self) -> dict[str, int]:
        """How often each answer was given, zeros included."""
        with self._lock:
            return {answer.value: self._counts[answer] for answer in Answer}

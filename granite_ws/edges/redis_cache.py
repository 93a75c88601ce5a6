"""The cache that several servers share: kept by Redis, each forecast made by one of them.

    granite_ws:forecast:kept:KEY    a forecast as JSON; Redis lets it expire
    granite_ws:forecast:lead:KEY    the token of who makes it now, renewed while he lives
    granite_ws:forecast:end:TOKEN   how that ended, for those who follow; expires soon
    granite_ws:forecast:settled     the channel on which the token of an ended lead is told

The message only wakes: what counts is the key, looked at again now and then, so that a lost
message delays an answer and loses none.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from granite_ws.edges.clock import Clock
from granite_ws.edges.forecast_cache import Cached, Follow, tell, worth_keeping
from granite_ws.edges.redis_leads import LEAD_S, Leads
from granite_ws.jobs import Code, Outcome
from granite_ws.settings import Settings

_PREFIX = "granite_ws:forecast:"
_CHANNEL = f"{_PREFIX}settled"
_LOG = logging.getLogger("granite_ws.cache")
_GONE = Outcome(error="whoever made it is gone", code=Code.ABANDONED)
_SILENT = Outcome(error="Redis does not answer", code=Code.NO_QUEUE)
_CLOSED = Outcome(error="the cache was closed", code=Code.SHUTTING_DOWN)
# What one question to Redis may cost (seconds), and how long it is left alone after it failed.
_ANSWER_S = 0.3
_PAUSE_S = 5.0
# Those who follow look again so often, and give up after so long without an answer (seconds).
_AGAIN_S = 1.0
_SILENT_S = 10.0
# Not much longer than a forecast may take at all (seconds): short limits make short leads.
_GRACE_S = 5.0
# How long the end of a lead can be read: many times ``_AGAIN_S`` (seconds).
_END_S = 60.0
# {"kept", the forecast}, {"lead", ""} for the caller, or {"follow", the leader's token}.
_LEAD = """
local kept = redis.call('GET', KEYS[1])
if kept and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[3]) then return {'kept', kept} end
local leader = redis.call('GET', KEYS[2])
if leader then return {'follow', leader} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'lead', ''}
"""
# Another one may have the lead by now.
_DROP = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
Found = TypeVar("Found")


@dataclass
class _Flight:
    """A forecast in the making, as this process knows it.

    token: of whoever makes it, "" as long as that is not known; mine: one of this process.
    """

    token: str = ""
    mine: bool = False
    followers: list[Follow] = field(default_factory=list)


class RedisCache:
    """Kept by Redis for all servers. While Redis does not answer it is as if empty."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._stale_ms = round(settings.cache_stale_s * 1000)
        self._life_ms = max(round(settings.cache_s * 1000), 1) + self._stale_ms
        self._lead_ms = round(min(settings.forecast_timeout_s + _GRACE_S, LEAD_S) * 1000)
        # RESP2: every Redis speaks it, without a handshake.
        self._redis: Any = redis.Redis.from_url(
            settings.redis_url,
            decode_responses=True,
            encoding_errors="replace",
            protocol=2,
            socket_timeout=_ANSWER_S,
            socket_connect_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._again_ns = 0
        self._answers = True
        self._leads = Leads(self._ask, self._lead_ms)
        self._flights: dict[str, _Flight] = {}
        self._listener: threading.Thread | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def look_up(self, key: str) -> Cached | None:
        """The kept forecast; its age is what Redis says about its expiry."""
        name = f"{_PREFIX}kept:{key}"
        found = self._ask(lambda it: it.pipeline().get(name).pttl(name).execute())
        if found is None or found[0] is None:
            return None
        text, left_ms = found
        outcome = self._read(text, name)
        if outcome is None:
            return None
        return Cached(outcome, left_ms <= self._stale_ms, max(self._life_ms - left_ms, 0) / 1000)

    def lead(self, key: str, follow: Follow) -> bool:
        """As the protocol has it. Within this process it holds without Redis, too."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                flight.followers.append(follow)
                return False
            flight = self._flights[key] = _Flight()
        token = uuid.uuid4().hex
        names = f"{_PREFIX}kept:{key}", f"{_PREFIX}lead:{key}"
        said = self._ask(
            lambda it: it.eval(_LEAD, 2, *names, token, self._lead_ms, self._stale_ms)
        )
        what, text = said or ("lead", "")
        kept = self._read(text, names[0]) if what == "kept" else None
        if what == "follow":
            self._join(key, flight, text, follow)
            return False
        if kept is not None:
            tell([follow, *self._land(key, flight)], kept)
            return False
        with self._lock:
            flight.token, flight.mine = token, True
        self._leads.hold(names[1], token)
        return True

    def settle(self, key: str, outcome: Outcome) -> None:
        """As the protocol has it: for the followers of every server."""
        with self._lock:
            flight = self._flights.pop(key, None)
            token = flight.token if flight is not None and flight.mine else ""
            followers = [] if flight is None else flight.followers
        self._leads.drop(f"{_PREFIX}lead:{key}")
        self._ask(lambda it: self._write(it, key, token, outcome))
        tell(followers, outcome)

    def close(self) -> None:
        """As the protocol has it; the listener ends within a second."""
        self._closed.set()
        self._leads.close()
        with self._lock:
            left = [follow for flight in self._flights.values() for follow in flight.followers]
            self._flights.clear()
            listener = self._listener
        tell(left, _CLOSED)
        if listener is not None and listener is not threading.current_thread():
            listener.join(2 * _AGAIN_S)
        self._redis.close()

    def _write(self, it: Any, key: str, token: str, outcome: Outcome) -> list[Any]:
        text = json.dumps(outcome.to_dict())
        pipe = it.pipeline()
        if worth_keeping(outcome):
            pipe.set(f"{_PREFIX}kept:{key}", text, px=self._life_ms)
        if token:
            pipe.set(f"{_PREFIX}end:{token}", text, px=round(_END_S * 1000))
            pipe.eval(_DROP, 1, f"{_PREFIX}lead:{key}", token)
            pipe.publish(_CHANNEL, token)
        done: list[Any] = pipe.execute()
        return done

    # ------------------------------------------------------------------------ those who follow

    def _join(self, key: str, flight: _Flight, token: str, follow: Follow) -> None:
        with self._lock:
            open_still = self._flights.get(key) is flight
            if open_still:
                flight.token = token
                flight.followers.append(follow)
                self._start_listener()
        if open_still:
            # It may have ended before anybody listened.
            self._check(token)
        else:
            tell([follow], _CLOSED)

    def _start_listener(self) -> None:
        if self._listener is None:
            self._listener = threading.Thread(
                target=self._listen, name="forecast-cache", daemon=True
            )
            self._listener.start()

    def _listen(self) -> None:
        """The one thread that waits for other processes, as long as one of them is followed."""
        heard_ns = self._clock.now_ns()
        with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            while self._listener_is_needed():
                if self._hear(channel):
                    heard_ns = self._clock.now_ns()
                elif self._clock.now_ns() - heard_ns > _SILENT_S * 1e9:
                    for key, flight in self._followed():
                        tell(self._land(key, flight), _SILENT)

    def _listener_is_needed(self) -> bool:
        with self._lock:
            needed = not self._closed.is_set() and bool(self._others())
            if not needed:
                self._listener = None
        return needed

    def _hear(self, channel: Any) -> bool:
        """Waits for one message, looks again after it or without it; whether Redis answered."""
        try:
            if not channel.subscribed:
                channel.subscribe(_CHANNEL)
            message = channel.get_message(timeout=_AGAIN_S)
        except redis.RedisError:
            channel.reset()
            self._closed.wait(_AGAIN_S)
            return self._check()
        return self._check(message["data"] if message else "")

    def _check(self, token: str = "") -> bool:
        """Tells the followers of this lead, "" for every one, that it ended, where it did; False
        when Redis does not answer.
        """
        followed = self._followed(token)
        if not followed:
            return True
        found = self._ask(lambda it: self._ends(it, followed))
        if found is None:
            return False
        for (key, flight), end, leader in zip(followed, found[::2], found[1::2], strict=True):
            if end is not None:
                outcome = self._read(end, f"{_PREFIX}end:{flight.token}") or _GONE
                tell(self._land(key, flight), outcome)
            elif leader != flight.token:
                tell(self._land(key, flight), _GONE)
        return True

    def _ends(self, it: Any, followed: list[tuple[str, _Flight]]) -> list[str | None]:
        """(end, leader) of each, one after the other, as they were at one moment."""
        pipe = it.pipeline()
        for key, flight in followed:
            pipe.get(f"{_PREFIX}end:{flight.token}").get(f"{_PREFIX}lead:{key}")
        found: list[str | None] = pipe.execute()
        return found

    def _followed(self, token: str = "") -> list[tuple[str, _Flight]]:
        with self._lock:
            return [(key, it) for key, it in self._others() if token in ("", it.token)]

    def _others(self) -> list[tuple[str, _Flight]]:
        """What another process makes. Hold the lock."""
        return [(key, it) for key, it in self._flights.items() if it.token and not it.mine]

    def _land(self, key: str, flight: _Flight) -> list[Follow]:
        """Ends a flight, once: its followers, or nobody where it has ended already."""
        with self._lock:
            if self._flights.get(key) is not flight:
                return []
            del self._flights[key]
            return flight.followers

    # ------------------------------------------------------------------------ Redis itself

    def _ask(self, question: Callable[[Any], Found]) -> Found | None:
        """What Redis answers; None, and a pause in which it is not asked, when it does not."""
        if self._closed.is_set() or self._clock.now_ns() < self._again_ns:
            return None
        try:
            found = question(self._redis)
        except redis.RedisError as error:
            self._again_ns = self._clock.now_ns() + round(_PAUSE_S * 1e9)
            if self._answered(False):
                _LOG.warning("Redis does not answer: no forecast comes from its cache (%s)", error)
            return None
        if self._answered(True):
            _LOG.info("Redis answers again: forecasts come from its cache")
        return found

    def _answered(self, now: bool) -> bool:
        """Whether that is news."""
        with self._lock:
            before, self._answers = self._answers, now
        return before is not now

    def _read(self, text: str, name: str) -> Outcome | None:
        """The outcome in a key; what is none (another version's, another program's) is deleted."""
        try:
            return Outcome.from_dict(json.loads(text))
        except Exception as error:
            _LOG.warning("Redis key %s holds no forecast and is deleted: %r", name, error)
        self._ask(lambda it: it.delete(name))
        return None

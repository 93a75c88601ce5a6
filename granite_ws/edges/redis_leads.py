"""Keeps the leads of this process alive in Redis, as long as it lives itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

# A lead lives so long (seconds) after its process has said for the last time that it lives.
LEAD_S = 10.0
_RENEW_S = 3.0
# Another one may have the lead by now.
_RENEW = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end"
)


class Leads:
    """One thread, as long as there is a lead to keep.

    ask: puts one question to Redis, and bears that it does not answer.
    """

    def __init__(self, ask: Callable[[Callable[[Any], Any]], Any], life_ms: int) -> None:
        self._ask, self._life_ms = ask, life_ms
        self._held: dict[str, str] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self, name: str, token: str) -> None:
        """From now on this key, which holds the token, does not expire."""
        with self._lock:
            self._held[name] = token
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="forecast-leads", daemon=True
                )
                self._thread.start()

    def drop(self, name: str) -> None:
        """The lead has ended."""
        with self._lock:
            self._held.pop(name, None)

    def close(self) -> None:
        """Renews nothing more: whatever this process leads is given up."""
        with self._lock:
            self._held.clear()
        self._changed.set()

    def _run(self) -> None:
        while True:
            self._changed.wait(min(_RENEW_S, self._life_ms / 3000))
            with self._lock:
                held = dict(self._held)
                if not held:
                    self._thread = None
                    return
            for name, token in held.items():
                self._renew(name, token)

    def _renew(self, name: str, token: str) -> None:
        self._ask(lambda it: it.eval(_RENEW, 1, name, token, self._life_ms))

"""Calls back at a time, many of them with one thread."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable

from granite_ws.edges.clock import Clock


class Deadlines:
    """A thread that sleeps until the next deadline; it starts with the first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._over = False

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Calls once, from the thread of the deadlines, when that time is over."""
        at_ns = self._clock.now_ns() + int(seconds * 1e9)
        with self._changed:
            heapq.heappush(self._heap, (at_ns, next(self._count), call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """Forgets those to come."""
        with self._changed:
            self._over = True
            self._heap.clear()
            self._changed.notify()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            call()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._over:
                left = (self._heap[0][0] - self._clock.now_ns()) / 1e9 if self._heap else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(left)
        return None

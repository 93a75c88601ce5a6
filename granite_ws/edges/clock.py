"""The only place that asks the time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from granite_ws.utc import utc_text

_WAKE_S = 0.2


@dataclass(frozen=True)
class Clock:
    """The host's clocks. ``now_ns`` is monotonic and shared by all processes of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds of CLOCK_MONOTONIC: comparable between processes, never stepped."""
        return time.monotonic_ns()

    def utc(self) -> str:
        """ISO 8601 with microseconds and offset, for people only."""
        return utc_text(time.time_ns())

    def wait(self, over: threading.Event) -> None:
        """Blocks until ``over`` is set, waking often enough for a signal handler to set it.

        The system may hand a signal to any thread; Python runs its handler in the main thread,
        and only once that one wakes. Seen here: a SIGTERM that an endless wait slept through.
        """
        while not over.wait(_WAKE_S):
            pass

    def sleep(self, seconds: float) -> None:
        """Blocks this thread."""
        time.sleep(seconds)

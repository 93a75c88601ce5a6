"""The only place that asks the time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """The host's clocks. ``now_ns`` is monotonic and shared by all processes of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds of CLOCK_MONOTONIC: comparable between processes, never stepped."""
        return time.monotonic_ns()

    def utc(self) -> str:
        """ISO 8601 with microseconds and offset, for people only."""
        return datetime.now(UTC).isoformat(timespec="microseconds")

    def sleep(self, seconds: float) -> None:
        """Blocks this thread."""
        time.sleep(seconds)

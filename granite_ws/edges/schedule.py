"""What the operating system gave this process: processor time, waiting time, collector time."""

from __future__ import annotations

import gc
import os
import time
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Counters at one moment, all in seconds since some start of their own."""

    cpu_s: float  # processor time of the whole process
    waited_s: float  # time that this very thread was ready and had no core (0 where unknown)
    collected_s: float  # time in the garbage collector
    wall_s: float  # the wall clock, which also steps
    monotonic_s: float

    def since(self, before: Usage) -> dict[str, Any]:
        """What passed between two moments, by the names that events use."""
        wall = self.wall_s - before.wall_s
        return {
            "cpu_s": self.cpu_s - before.cpu_s,
            "waited_s": self.waited_s - before.waited_s,
            "collected_s": self.collected_s - before.collected_s,
            "wall_minus_monotonic_s": wall - (self.monotonic_s - before.monotonic_s),
        }


def usage_now() -> Usage:
    """The counters of this process and of the calling thread."""
    return Usage(
        cpu_s=time.process_time(),
        waited_s=_waited_s(),
        collected_s=_collector().so_far(),
        wall_s=time.time(),
        monotonic_s=time.monotonic(),
    )


def _waited_s() -> float:
    """Linux's run delay of the calling thread; a kernel without it gives 0."""
    try:
        descriptor = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(os.read(descriptor, 100).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
    finally:
        os.close(descriptor)


class _Collector:
    """How long Python's garbage collector has run since it was first asked about."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._begun_ns = 0
        gc.callbacks.append(self._heard)

    def _heard(self, phase: str, _info: dict[str, int]) -> None:
        now = time.monotonic_ns()
        if phase == "start":
            self._begun_ns = now
        elif self._begun_ns:
            # No call between the two: no other thread gets the interpreter lock in between.
            self.seconds, self._begun_ns = self.seconds + (now - self._begun_ns) / 1e9, 0

    def so_far(self) -> float:
        """With the collection that is under way: when it ends, whoever gets the interpreter lock
        first may ask before the collector's end is told.
        """
        begun, ended_s = self._begun_ns, self.seconds
        return ended_s + ((time.monotonic_ns() - begun) / 1e9 if begun else 0.0)


@cache
def _collector() -> _Collector:
    return _Collector()

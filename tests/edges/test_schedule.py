"""What the operating system gave this process."""

from __future__ import annotations

import gc

from granite_ws.edges.clock import Clock
from granite_ws.edges.schedule import usage_now


def test_busy_time_is_processor_time() -> None:
    """A thread that computes for a tenth of a second used about that much of a core."""
    clock, before = Clock(), usage_now()
    deadline = clock.now_ns() + 100_000_000
    while clock.now_ns() < deadline:
        pass
    assert usage_now().since(before)["cpu_s"] > 0.02


def test_collecting_garbage_counts_as_such() -> None:
    """A full collection over many objects takes time of its own."""
    before = usage_now()
    cycles = [[number] for number in range(100_000)]
    gc.collect()
    assert len(cycles) == 100_000
    assert usage_now().since(before)["collected_s"] > 0


def test_a_collection_that_is_under_way_counts() -> None:
    """Whoever gets the lock before the collector's end is told reads it nevertheless."""
    before, seen = usage_now(), list[float]()

    def during(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            Clock().sleep(0.01)
            seen.append(usage_now().since(before)["collected_s"])

    gc.callbacks.append(during)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(during)
    after = usage_now().since(before)["collected_s"]
    assert 0.01 <= seen[0] <= after


def test_clocks_that_nobody_steps_agree() -> None:
    """Without a step the wall clock and the monotonic one pass the same time."""
    before = usage_now()
    assert abs(usage_now().since(before)["wall_minus_monotonic_s"]) < 0.05

"""The clocks, real and fake."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime

from granite_ws.edges.clock import Clock
from tests.fake_clock import FakeClock


def test_another_process_reads_the_same_clock() -> None:
    """A child's monotonic time lies between two readings of ours: events can be ordered."""
    code = "from granite_ws.edges.clock import Clock; print(Clock().now_ns())"
    before = Clock().now_ns()
    read = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert before < int(read.stdout) < Clock().now_ns()


def test_utc_can_be_parsed_and_has_its_offset() -> None:
    """What people read is ISO 8601 in UTC."""
    offset = datetime.fromisoformat(Clock().utc()).utcoffset()
    assert offset is not None
    assert 0 == offset.total_seconds()


def test_the_fake_clock_moves_only_by_sleeping() -> None:
    """The tests' own clock: asked for, plus what it was told to be late."""
    clock = FakeClock([0.5])
    assert 0 == clock.now_ns()
    clock.sleep(1)
    clock.sleep(1)
    assert 2_500_000_000 == clock.now_ns()


def test_waiting_ends_when_it_is_over() -> None:
    """An event that another thread sets ends the wait."""
    over = threading.Event()
    threading.Timer(0.05, over.set).start()
    Clock().wait(over)
    assert over.is_set()

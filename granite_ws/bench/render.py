"""The report of a session of thirty minutes with 100,000 events."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from granite_ws.bench.long_session import session
from granite_ws.benchmark import Figure, Report
from granite_ws.report.page import render_report
from granite_ws.run import judge

_MINUTES = 30


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """From the events in memory to the page as text, and what this process holds then."""
    made = session(_MINUTES)
    seconds, memory = [], []
    for _ in range(repeats):
        begun = time.perf_counter()
        render_report(made, judge(made))
        seconds.append(time.perf_counter() - begun)
        memory.append(psutil.Process().memory_info().rss / 1e6)
        tell()
    words = f"report of {_MINUTES} minutes, {len(made.log):,} events"
    return Report(
        figures=[
            Figure(f"{words}: judged and rendered", "s", tuple(seconds), most=2),
            Figure(f"{words}: memory of the process", "MB", tuple(memory)),
        ]
    )

"""How long the diagnosis of a long recording takes, over the number of its events."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from granite_ws.bench.long_session import session
from granite_ws.benchmark import Growth, Report
from granite_ws.run import judge

# Of the recording; about 3,320 events each. The last one has a million.
_MINUTES = (3, 30, 302)
_MOST_S = 5.0


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """From the events in memory to the verdict."""
    events, costs = [], []
    for minutes in _MINUTES:
        made = session(minutes)
        events.append(float(len(made.log)))
        times = []
        for _ in range(repeats):
            begun = time.perf_counter()
            judge(made)
            times.append(time.perf_counter() - begun)
        costs.append(float(np.median(times)))
        tell()
    growth = Growth("diagnosis", "events", "s", tuple(events), tuple(costs), most=_MOST_S)
    return Report((), [growth])

"""Thirty-two threads that ask at once, as handlers of a threading server do."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from granite_ws.bench.sides import (
    HORIZON,
    Sides,
    Way,
    duel,
    history,
    longest_gap,
    naive_pipeline,
    our_model,
)
from granite_ws.benchmark import Report

_ASKERS = 32


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """How long each asker waits, how long until all have been served, and what that does to a
    thread that ticks as a heartbeat does.
    """
    pipeline, onnx = naive_pipeline(), our_model("onnx")
    frame = history()
    ways: tuple[Way, Way] = (
        lambda: pipeline(frame),
        lambda: onnx.respond(frame, HORIZON),
    )
    waits: Sides = ([], [])
    rounds: Sides = ([], [])
    gaps: Sides = ([], [])
    with ThreadPoolExecutor(_ASKERS) as pool:
        for way in ways:
            way()
        for _ in range(repeats):
            for side, way in enumerate(ways):
                gap, waited = longest_gap(partial(_all_at_once, pool, way))
                gaps[side].append(gap)
                waits[side].extend(waited)
                rounds[side].append(max(waited))
            tell()
    words = f"{_ASKERS} threads ask at once"
    return Report(
        [
            duel(f"{words}: each one's wait", "ms", waits, target=20),
            duel(f"{words}: until all are served", "ms", rounds, target=10),
            duel(f"{words}: longest gap of a 5 ms tick", "ms", gaps, most=20, most_at=99),
        ]
    )


def _all_at_once(pool: ThreadPoolExecutor, way: Way) -> list[float]:
    """Milliseconds that each asker waits, from one moment on."""
    together = Barrier(_ASKERS)

    def ask(_: int) -> float:
        together.wait()
        begun = time.perf_counter()
        way()
        return (time.perf_counter() - begun) * 1e3

    return list(pool.map(ask, range(_ASKERS)))

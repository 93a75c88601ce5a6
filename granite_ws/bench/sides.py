"""The two ways to forecast, and how they are measured in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from granite_ws.benchmark import Duel
from granite_ws.edges.granite import GraniteModel
from granite_ws.edges.model_source import DEMO_FOLDER, Weights, read_weights
from granite_ws.edges.networks.reference import load_network
from granite_ws.forecast import Engine
from granite_ws.settings import Settings

CONTEXT, HORIZON = 512, 96
_TICK_S = 0.005
_SETTLE_S = 0.01
Result = TypeVar("Result")
Way = Callable[[], object]
Sides = tuple[list[float], list[float]]  # naive, ours


def weights() -> Weights:
    """The demo weights: TTM-R2's architecture, which is what takes the time."""
    return read_weights(DEMO_FOLDER, Engine.GRANITE_DEMO, Settings(), name="demo")


def our_model(runtime: str) -> GraniteModel:
    """As a server loads it."""
    return GraniteModel(weights(), Settings(runtime=runtime))


def naive_pipeline() -> Any:
    """granite-tsfm's TimeSeriesForecastingPipeline, as its documentation calls it."""
    from tsfm_public import TimeSeriesForecastingPipeline

    return TimeSeriesForecastingPipeline(
        model=load_network(weights()).eval(),
        timestamp_column="timestamp",
        id_columns=[],
        target_columns=["value"],
        explode_forecasts=True,
        freq="s",
        device="cpu",
    )


def duel(name: str, unit: str, sides: Sides, **promised: Any) -> Duel:
    """The pipeline against ONNX Runtime. promised: as ``Duel`` has it."""
    naive, ours = map(tuple, sides)
    return Duel(
        name, "TimeSeriesForecastingPipeline", "ONNX Runtime", unit, naive, ours, **promised
    )


def history(points: int = CONTEXT) -> pd.DataFrame:
    """Columns ``timestamp`` and ``value``, one a second."""
    ticks = np.arange(points)
    stamps = pd.date_range("2024-01-01", periods=points, freq="s")
    return pd.DataFrame({"timestamp": stamps, "value": 100 + 9 * np.sin(ticks / 8) + ticks % 7})


def in_turn(
    ways: Sequence[Way],
    repeats: int,
    tell: Callable[[], None],
    *,
    calls: int = 1,
    rest_s: float = 0.0,
) -> list[tuple[float, ...]]:
    """Milliseconds of each way: ``calls`` of one, then of the next, ``repeats`` times.

    Each turn begins with 10 ms of calls, at least one, that do not count: what another way left
    behind (the processor's caches, threads of OpenMP that still spin) is no property of this one.

    rest_s: before each call that counts, as a server rests between two forecasts.
    """
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(repeats):
        for way, times in zip(ways, taken, strict=True):
            settled = time.perf_counter() + _SETTLE_S
            way()
            while time.perf_counter() < settled:
                way()
            for _ in range(calls):
                if rest_s:
                    time.sleep(rest_s)
                begun = time.perf_counter()
                way()
                times.append((time.perf_counter() - begun) * 1e3)
        tell()
    return [tuple(times) for times in taken]


def longest_gap(work: Callable[[], Result]) -> tuple[float, Result]:
    """(milliseconds by which a thread that ticks every 5 ms is late at the most while this works,
    what the work gives).
    """
    over = threading.Event()
    longest = 0.0

    def tick() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not over.is_set():
            time.sleep(_TICK_S)
            now = time.perf_counter()
            longest, last = max(longest, now - last - _TICK_S), now

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        result = work()
    finally:
        over.set()
        ticker.join()
    return longest * 1e3, result

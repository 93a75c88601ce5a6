"""Exponential smoothing: 512 points with a season of 50, statsmodels' full fit against ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from granite_ws.bench.sides import CONTEXT, HORIZON, Way, in_turn, longest_gap
from granite_ws.benchmark import Duel, Report
from granite_ws.edges.series_source import SENSOR, SHIPPED, load_series
from granite_ws.edges.smoothing import smooth
from granite_ws.series import Series

_NAIVE, _OURS = "statsmodels ExponentialSmoothing().fit()", "Holt-Winters as a filter"
_SEASON, _AT_ONCE = 50, 20
_WINDOWS, _SUNSPOT_POINTS = 16, 200  # sunspots have 309 points in all


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """How long one fit takes, what twenty at once do to another thread, and how good they are."""
    points = np.arange(CONTEXT)
    noise = np.random.default_rng(0).normal(size=CONTEXT)
    values = 100 + 0.01 * points + 9 * np.sin(2 * np.pi * points / _SEASON) + noise
    theirs, ours = partial(full_fit, values, HORIZON, _SEASON), partial(_ours, values)
    statsmodels, filtered = in_turn([theirs, ours], repeats, tell)
    crowd = [
        [longest_gap(partial(_all_at_once, way))[0] for way in (theirs, ours)]
        for _ in range(max(2, repeats // 5))
    ]
    tell()
    among_theirs, among_ours = zip(*crowd, strict=True)
    return Report(
        [
            Duel(
                "one fit, 512 points, season 50",
                _NAIVE,
                _OURS,
                "ms",
                statsmodels,
                filtered,
                most=20,
            ),
            Duel(
                f"{_AT_ONCE} fits at once: longest gap of another thread's 5 ms tick",
                _NAIVE,
                _OURS,
                "ms",
                among_theirs,
                among_ours,
                most=50,
            ),
            *(_accuracy(name) for name in (SENSOR, *SHIPPED)),
        ]
    )


def _ours(values: np.ndarray) -> np.ndarray:
    return smooth(values, HORIZON, period=_SEASON)


def full_fit(values: np.ndarray, steps: int, period: int) -> np.ndarray:
    """(steps,) by statsmodels, which estimates everything."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            values,
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=period,
            initialization_method="estimated",
        )
        return np.asarray(model.fit().forecast(steps))


def _all_at_once(way: Way) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for asked in [pool.submit(way) for _ in range(_AT_ONCE)]:
            asked.result()


def _accuracy(name: str) -> Duel:
    """Mean MASE (Hyndman & Koehler 2006; over the seasonal naive forecast) of the last windows."""
    series = load_series(name, seed=0, length_hint=2_000)
    context, steps = (CONTEXT, HORIZON) if len(series) > 700 else (_SUNSPOT_POINTS, HORIZON // 2)
    theirs, ours = ((_mean_error(series, way, context, steps),) for way in (full_fit, _smooth))
    words = f"mean error (MASE) {steps} steps ahead, {name}"
    return Duel(words, _NAIVE, _OURS, "MASE", theirs, ours, target=0.98)


def _smooth(values: np.ndarray, steps: int, period: int) -> np.ndarray:
    return smooth(values, steps, period=period)


def _mean_error(series: Series, way: Callable[..., np.ndarray], context: int, steps: int) -> float:
    values, period = np.asarray(series.values, dtype=float), series.period
    stride = max(1, (len(values) - context - steps) // (4 * _WINDOWS))
    errors = []
    for back in range(_WINDOWS):
        end = len(values) - steps - back * stride
        past, future = values[end - context : end], values[end : end + steps]
        naive = np.abs(past[period:] - past[:-period]).mean()
        errors.append(float(np.abs(way(past, steps, period) - future).mean() / naive))
    return float(np.mean(errors))

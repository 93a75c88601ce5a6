"""Exponential smoothing by statsmodels: the fallback when no TTM model can forecast."""

from __future__ import annotations

import warnings

import numpy as np

NAME = "statsmodels ExponentialSmoothing"


def import_library() -> None:
    """Imports statsmodels (a second, ten on a crowded machine), so that no forecast waits for it:
    under gevent that import would keep the hub, and drop clients.
    """
    import statsmodels.tsa.holtwinters  # noqa: F401


def smooth(values: np.ndarray, steps: int, *, period: int) -> np.ndarray:
    """(steps,) forecast of ``values`` (n,), finite, in the same unit.

    Additive trend (damped), and an additive season when two whole seasons are there; Holt-Winters
    as in Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", chapter 8.
    Raises ValueError when the fit yields numbers that are not finite.
    """
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    seasonal = 2 <= period <= len(values) // 2
    # statsmodels' heuristic start is 5 times faster than an estimated one; it needs these points.
    heuristic = seasonal and len(values) >= 10 + 2 * (period // 2)
    with warnings.catch_warnings():
        # A fit that stops before its tolerance still forecasts; the numbers are checked below.
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            np.asarray(values, dtype=float),
            trend="add",
            damped_trend=True,
            seasonal="add" if seasonal else None,
            seasonal_periods=period if seasonal else None,
            initialization_method="heuristic" if heuristic else "estimated",
        )
        forecast = np.asarray(model.fit().forecast(steps), dtype=float)
    if not np.isfinite(forecast).all():
        raise ValueError("exponential smoothing gave numbers that are not finite")
    return forecast

"""What a forecast is, which model pairs exist, and how a raw response becomes finite numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from granite_ws.errors import ModelError
from granite_ws.series import microseconds
from granite_ws.settings import CONTEXT_LENGTHS, MODEL_HORIZONS


class Engine(StrEnum):
    """Who makes forecasts, in the order in which they are tried."""

    GRANITE_LOCAL = "granite-local"
    GRANITE_CACHE = "granite-cache"
    GRANITE_HUB = "granite-hub"
    GRANITE_DEMO = "granite-demo"
    SMOOTHING = "exponential-smoothing"

    @property
    def is_granite(self) -> bool:
        """Whether a TTM network makes the forecast (demo weights included)."""
        return self is not Engine.SMOOTHING

    @property
    def model_type(self) -> str:
        """The word of the wire contract: ``granite`` or ``statistical``."""
        return "granite" if self.is_granite else "statistical"


@dataclass(frozen=True)
class Skipped:
    """An engine that was not used, and why, in words for people."""

    engine: Engine
    reason: str


@dataclass(frozen=True)
class Forecast:
    """One forecast. timestamps and values: (horizon,), values finite, in the series' own unit."""

    timestamps: pd.DatetimeIndex
    values: np.ndarray
    engine: Engine
    model: str
    context_size: int
    seconds: float
    fallback_reason: str | None = None


def model_pair(context_length: int, forecast_horizon: int) -> tuple[int, int]:
    """The TTM-R2 pair that serves this request: the shortest model horizon that is long enough.

    Raises ModelError for a context without a model, or a horizon that no model reaches.
    """
    if context_length not in CONTEXT_LENGTHS:
        raise ModelError(
            "context_length",
            context_length,
            allowed=f"TTM-R2 has models for {', '.join(map(str, CONTEXT_LENGTHS))}",
            where="model",
        )
    for horizon in MODEL_HORIZONS:
        if 1 <= forecast_horizon <= horizon:
            return context_length, horizon
    raise ModelError(
        "forecast_horizon",
        forecast_horizon,
        allowed=f"TTM-R2 forecasts 1 to {MODEL_HORIZONS[-1]} steps",
        where="model",
    )


def extract_predictions(response: pd.DataFrame, steps: int) -> tuple[np.ndarray, str]:
    """The forecast column of a granite-tsfm response: ((steps,) float64, the column's name).

    A trap: without ``explode_forecasts`` the response has one row, whose column ``value`` holds
    the unknown *future* (NaN) and ``value_prediction`` the forecast as a list; exploded, the
    column ``value`` is the forecast. Raises ValueError when the numbers are too few or not
    finite: NaN must never reach a client, whose JSON parser refuses it.
    """
    column = "value_prediction" if "value_prediction" in response.columns else "value"
    if column not in response.columns:
        raise ValueError(f"no forecast column among {list(response.columns)}")
    cells = response[column].to_list()
    values = np.asarray(cells[0] if len(cells) == 1 and np.ndim(cells[0]) else cells, dtype=float)
    values = values.reshape(-1)[:steps]
    if len(values) < steps:
        raise ValueError(f"{len(values)} predictions where {steps} are due")
    if not np.isfinite(values).all():
        raise ValueError(f"{int((~np.isfinite(values)).sum())} of {steps} predictions not finite")
    return values, column


def restamped(forecast: Forecast, history: pd.Series) -> Forecast:
    """The forecast with the timestamps that follow this history (its timestamps, oldest first)."""
    stamps = pd.DatetimeIndex(history)
    step = pd.Series(stamps).diff().median()
    future = future_timestamps(stamps[-1], step, len(forecast.values))
    return replace(forecast, timestamps=future)


def future_timestamps(last: pd.Timestamp, step: pd.Timedelta, steps: int) -> pd.DatetimeIndex:
    """(steps,) timestamps that follow ``last`` at a constant distance."""
    begin, stride = last.as_unit("us"), step.as_unit("us")
    return microseconds(begin + stride * (index + 1) for index in range(steps))

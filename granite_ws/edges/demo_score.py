"""How the demo weights fare on data they never saw, beside two methods that need no training.

    python -m granite_ws.edges.demo_score

The figure is MASE: the forecast's mean absolute error, divided by the mean absolute error that
repeating the last season makes inside the history (R. J. Hyndman and A. B. Koehler, "Another look
at measures of forecast accuracy", International Journal of Forecasting 22 (2006) 679-688). All
three methods of a window share the divisor, so the columns of a row can be compared.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..series import SENSOR_PERIOD, Series, pad_left, simulate_sensor, to_unit_scale
from .series_source import SHIPPED, load_shipped

DEMO_WEIGHTS = Path(__file__).resolve().parent.parent / "demo_weights"
TRAIN_SHARE = 0.7  # scripts/train_demo.py read this much of each shipped series
MAX_HORIZON = 96
WINDOWS = 8  # per series; 32 windows are scored in well under a minute
SENSOR_SEEDS = tuple(range(900_001, 900_001 + WINDOWS))  # training stops at 5000
SENSOR_LENGTH = 1200

Forecast = Callable[[np.ndarray, int, int], np.ndarray]
"""(history, period, horizon) -> (horizon,) in the unit of the history."""


class Window(NamedTuple):
    """What a method is shown, the season it may use, and what then came."""

    history: np.ndarray
    period: int
    future: np.ndarray


def score_demo(weights: Path = DEMO_WEIGHTS, *, windows: int = WINDOWS) -> pd.DataFrame:
    """Mean MASE on held-out windows: one row per series.

    Columns: series, windows, demo_mase, seasonal_naive_mase, smoothing_mase.
    """
    methods: dict[str, Forecast] = {
        "demo_mase": demo_forecaster(weights),
        "seasonal_naive_mase": seasonal_naive,
        "smoothing_mase": smoothing,
    }
    rows = []
    for name, held_out in held_out_windows(windows).items():
        scores = {
            column: float(np.mean([mase(window, method) for window in held_out]))
            for column, method in methods.items()
        }
        rows.append({"series": name, "windows": len(held_out), **scores})
    return pd.DataFrame(rows)


def held_out_windows(count: int = WINDOWS) -> dict[str, list[Window]]:
    """Windows whose future no training step has read: ``count`` for each series."""
    found = {name: _last_part(load_shipped(name), count) for name in SHIPPED}
    found["sensor"] = [_sensor_window(seed) for seed in SENSOR_SEEDS[:count]]
    return found


def _last_part(series: Series, count: int) -> list[Window]:
    """Evenly spread windows with their whole future in the last 30 % of the series.

    The horizon is a quarter of that part, at most 96: 23 years for the 309 sunspot years.
    """
    first = int(TRAIN_SHARE * len(series))
    horizon = min(MAX_HORIZON, (len(series) - first) // 4)
    origins = np.linspace(first, len(series) - horizon, count).astype(int)
    values = series.values
    return [Window(values[:at], series.period, values[at : at + horizon]) for at in origins]


def _sensor_window(seed: int) -> Window:
    values = simulate_sensor(seed, SENSOR_LENGTH).values
    return Window(values[:-MAX_HORIZON], SENSOR_PERIOD, values[-MAX_HORIZON:])


def mase(window: Window, forecast: Forecast) -> float:
    """Mean absolute scaled error of one window; 1 is what last season's values do in-sample."""
    history, period, future = window
    in_sample = float(np.mean(np.abs(history[period:] - history[:-period])))
    error = np.abs(forecast(history, period, len(future)) - future)
    return float(np.mean(error)) / in_sample


# ---------------------------------------------------------------------------------- methods


def seasonal_naive(history: np.ndarray, period: int, horizon: int) -> np.ndarray:
    """The last season, repeated."""
    return np.resize(history[-period:], horizon)


def smoothing(history: np.ndarray, period: int, horizon: int) -> np.ndarray:
    """Holt-Winters with a damped trend and an additive season, on what the model may see (512)."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():  # a fit that stops early is still what a user would get
        warnings.simplefilter("ignore")
        fitted = ExponentialSmoothing(
            history[-512:],
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=period,
            initialization_method="heuristic",
        ).fit()
        return np.asarray(fitted.forecast(horizon))


def demo_forecaster(weights: Path = DEMO_WEIGHTS) -> Forecast:
    """The checkpoint in a local folder, as a function; nothing is fetched."""
    from tsfm_public.models.tinytimemixer import TinyTimeMixerForPrediction

    model = TinyTimeMixerForPrediction.from_pretrained(str(weights), local_files_only=True).eval()
    return lambda history, _period, horizon: _predict(model, history)[:horizon]


def _predict(model: Any, history: np.ndarray) -> np.ndarray:
    """(prediction_length,) after a history of any length from 1 on."""
    import torch

    context = model.config.context_length
    scaled, loc, scale = to_unit_scale(history[-context:])
    past, mask = pad_left(scaled, context)
    with torch.no_grad():
        out = model(
            past_values=torch.tensor(past, dtype=torch.float32)[None, :, None],
            past_observed_mask=torch.tensor(mask, dtype=torch.float32)[None, :, None],
        )
    return out.prediction_outputs[0, :, 0].double().numpy() * scale + loc


def main() -> None:
    """Print the table."""
    print(score_demo().round(3).to_string(index=False))


if __name__ == "__main__":
    main()

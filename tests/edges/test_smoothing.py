"""Exponential smoothing in a server."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from granite_ws.edges.smoothing import import_library, smooth


def test_a_season_is_continued() -> None:
    """On a clean season the forecast is far closer than a flat line."""
    t = np.arange(144)
    values = 10 + 3 * np.sin(2 * np.pi * t / 12)
    future = 10 + 3 * np.sin(2 * np.pi * np.arange(144, 168) / 12)
    error = np.abs(smooth(values, 24, period=12) - future).mean()
    flat = np.abs(values[-1] - future).mean()
    assert error < 0.1 * flat


@pytest.mark.parametrize(
    "values", [np.full(64, 5.0), np.arange(40.0), np.array([1.0, 2.0] * 20), np.arange(12.0) * 1e9]
)
def test_the_forecast_is_finite(values: np.ndarray) -> None:
    """Constant, straight, short-seasoned and huge series all give as many numbers as asked."""
    forecast = smooth(values, 7, period=4)
    assert (7, True) == (len(forecast), bool(np.isfinite(forecast).all()))


def test_a_season_that_does_not_fit_twice_is_left_out() -> None:
    """Twenty points and a period of fifty: a trend alone, no error."""
    assert 3 == len(smooth(np.arange(20.0), 3, period=50))


def test_what_cannot_be_fitted_is_a_value_error() -> None:
    """NaN in the history never becomes NaN in the forecast."""
    with pytest.raises(ValueError):  # noqa: PT011
        smooth(np.array([1.0, np.nan] * 20), 3, period=1)


def test_the_library_is_there_after_its_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forecast that follows has nothing left to import."""
    monkeypatch.delitem(sys.modules, "granite_ws.holt_winters", raising=False)
    import_library()
    assert "granite_ws.holt_winters" in sys.modules


def test_fits_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty threads that ask at once, one fits at a time."""
    holt_winters = import_module("granite_ws.holt_winters")
    running, most, made = 0, [], holt_winters.forecast

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal running
        running += 1
        most.append(running)
        try:
            return made(*arguments, **options)
        finally:
            running -= 1

    monkeypatch.setattr(holt_winters, "forecast", counted)
    values = np.random.default_rng(0).normal(size=200).cumsum()
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(smooth, values, 5, period=12) for _ in range(20)]
        answers = [one.result(timeout=60) for one in asked]
    assert (max(most), len(answers)) == (1, 20)

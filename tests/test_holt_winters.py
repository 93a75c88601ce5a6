"""Holt-Winters as a filter: the recursions, the search, and statsmodels' full fit beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.bench.fallback import full_fit
from granite_ws.edges.series_source import SHIPPED, load_series
from granite_ws.holt_winters import Fit, Smoothing, forecast

_SHARE = st.floats(0.001, 0.999)
_STEPS, _CONTEXT = 24, 200


def recursion(
    smoothing: Smoothing, values: np.ndarray, states: np.ndarray, period: int
) -> tuple[np.ndarray, np.ndarray]:
    """The errors, and the next ``_STEPS`` points, by the book's equations, one point at a time."""
    alpha, beta, gamma, phi = vars(smoothing).values()
    level, slope = 0.0, states[-1]
    seasons = list(states[:-1])
    errors = []
    for value in values:
        expected = level + phi * slope + seasons[0]
        error = value - expected
        level, slope = level + phi * slope + alpha * error, phi * slope + beta * error
        seasons = [*seasons[1:], seasons[0] + (gamma * error if period else 0.0)]
        errors.append(error)
    ahead = []
    for step in range(_STEPS):
        level, slope = level + phi * slope, phi * slope
        ahead.append(level + seasons[step % len(seasons)])
    return np.array(errors), np.array(ahead)


def fitted(values: np.ndarray, period: int, smoothing: Smoothing, states: np.ndarray) -> Fit:
    """A fit whose errors come from the recursion."""
    errors, _ = recursion(smoothing, values, states, period)
    return Fit(smoothing, period, trend=True, states=states, errors=errors)


@given(
    alpha=_SHARE,
    beta=_SHARE,
    gamma=_SHARE,
    phi=st.floats(0.8, 0.995),
    period=st.sampled_from([0, 4]),
)
def test_the_filter_forecasts_what_the_recursions_do(
    alpha: float, beta: float, gamma: float, phi: float, period: int
) -> None:
    """For any parameters, with a season and without."""
    season_share = (1 - alpha) * gamma if period else 0.0
    smoothing = Smoothing(alpha, alpha * beta, season_share, phi)
    chance = np.random.default_rng(0)
    values, states = chance.normal(size=40), chance.normal(size=(period or 1) + 1)
    fit = fitted(values, period, smoothing, states)
    _, ahead = recursion(smoothing, values, states, period)
    assert fit.forecast(_STEPS) == pytest.approx(ahead, rel=1e-6, abs=1e-6)


def test_an_error_further_ahead_is_what_a_forecast_from_there_would_have_missed() -> None:
    """Made from every point of the history, by the recursions."""
    smoothing, period = Smoothing(0.4, 0.1, 0.2, 0.9), 4
    chance = np.random.default_rng(1)
    values, states = chance.normal(size=12), chance.normal(size=5)
    errors = {1: [], 2: [], 3: []}  # type: dict[int, list[float]]
    for start in range(len(values)):
        _, ahead = recursion(smoothing, values[:start], states, period)
        for step, missed in errors.items():
            if start + step <= len(values):
                missed.append(abs(values[start + step - 1] - ahead[step - 1]))
    expected = np.mean([np.mean(of_step) for of_step in errors.values()])
    assert fitted(values, period, smoothing, states).error_ahead(3) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["sensor", *SHIPPED])
def test_it_is_no_worse_than_statsmodels_full_fit(name: str) -> None:
    """Mean absolute error within 2 % of it, over eight windows of each series that is shipped."""
    series = load_series(name, seed=0, length_hint=2_000)
    values = np.asarray(series.values, dtype=float)
    ours, theirs = [], []
    for back in range(8):
        end = len(values) - _STEPS - 9 * back
        past, future = values[end - _CONTEXT : end], values[end : end + _STEPS]
        ours.append(np.abs(forecast(past, _STEPS, period=series.period) - future).mean())
        theirs.append(np.abs(full_fit(past, _STEPS, series.period) - future).mean())
    assert np.mean(ours) <= 1.02 * np.mean(theirs)


def test_a_unit_does_not_matter() -> None:
    """Micro-units and a far origin: the same forecast in that unit."""
    values = np.random.default_rng(2).normal(size=80).cumsum()
    plain = forecast(values, 9, period=8)
    moved = forecast(values * 1e-6 + 3, 9, period=8)
    assert moved == pytest.approx(plain * 1e-6 + 3, abs=1e-9)


@pytest.mark.parametrize("count", range(1, 12))
def test_the_shortest_histories_are_forecast(count: int) -> None:
    """From a single point on, with a season or without: finite, and inside of what was seen."""
    values = np.arange(count) % 3 + 5.0
    for period in (1, 2, 4):
        made = forecast(values, 4, period=period)
        assert np.isfinite(made).all()
        assert made.min() > 3
        assert made.max() < 10


def test_numbers_that_are_not_finite_are_refused() -> None:
    """Rather than forecast."""
    with pytest.raises(ValueError, match="not finite"):
        forecast(np.array([1.0, np.nan] * 9), 3, period=1)

"""Holt-Winters exponential smoothing, fitted as a filter.

With a damped trend and an additive season (Hyndman & Athanasopoulos, "Forecasting: Principles and
Practice", 3rd edition, sections 8.3 to 8.6) a series y is

    y_t = l_{t-1} + phi b_{t-1} + s_{t-m} + e_t
    l_t = l_{t-1} + phi b_{t-1} + alpha e_t
    b_t = phi b_{t-1} + beta e_t
    s_t = s_{t-m} + gamma e_t

which is linear: the errors e are a filter of what is left of y when that is taken away which the
states before the first point would have given on their own. So for any smoothing parameters the
best first states are a least squares solution (variable projection: Golub & Pereyra, 1973), and
only two or four numbers are left to be searched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from scipy.linalg.lapack import dposv, dpotrs
from scipy.optimize import least_squares
from scipy.signal import lfilter

from granite_ws.series import to_unit_scale

# Where the search may begin, as shares of what is allowed: beta is at most alpha, gamma at most
# 1 - alpha. phi is one of these (bounded as in the book): a search for it crawls along the bound.
_ALPHAS, _GAMMAS, _BETAS = (0.1, 0.4, 0.9), (0.02,), (0.005, 0.2)
_PHIS = (0.8, 0.9, 0.98, 0.995)
_FARTHEST, _STEP = 9.0, 1e-5  # logits: shares from 0.0001 to 0.9999
# A search without bounds drifts along parameters that hardly matter, and stops too early.
_SEARCH: Mapping[str, Any] = {
    "method": "dogbox",
    "bounds": (-_FARTHEST, _FARTHEST),
    "ftol": 1e-6,
    "xtol": 1e-4,
    "max_nfev": 15,
}
_RIDGE = 1e-9  # of the mean diagonal: a constant and a whole season are told apart by it alone


@dataclass(frozen=True)
class Smoothing:
    """The four parameters of the recursions above; without a trend beta is 0, and phi unused."""

    alpha: float
    beta: float
    gamma: float
    phi: float


@dataclass(frozen=True)
class Fit:
    """A fitted model of ``n`` points.

    states: (m or 1,) the first season with its level in it (the level alone without a season),
            and, last, what the first trend is multiplied with. errors: (n,) one step ahead.
    """

    smoothing: Smoothing
    period: int
    trend: bool
    states: np.ndarray
    errors: np.ndarray

    def forecast(self, steps: int) -> np.ndarray:
        """(steps,): what the states give on their own, and the last errors' part in it."""
        count = len(self.errors)
        quiet = np.zeros(steps)
        driven = lfilter(*self._from_errors(), np.concatenate([self.errors, quiet]))
        own = _own(self.smoothing.phi, count + steps, self.period)
        alone = _columns(own, self.period, trend=self.trend) @ self.states
        forecast: np.ndarray = (alone + driven)[count:]
        return forecast

    def error_ahead(self, steps: int) -> float:
        """The mean absolute error of 1 to ``steps`` steps ahead, from every point of the history.

        An error h steps ahead is the sum of the last h errors one step ahead, each times what an
        error of 1 would have become by then.
        """
        count = len(self.errors)
        steps = max(1, min(steps, count // 2))
        weights = lfilter(*self._from_errors(), np.eye(1, steps)[0])
        ahead, total = np.zeros(count), 0.0
        for step, weight in enumerate(weights):
            ahead[step:] += weight * self.errors[: count - step]
            total += float(np.abs(ahead[step:]).mean())
        return total / steps

    def _from_errors(self) -> tuple[np.ndarray, np.ndarray]:
        to_errors, of_series = _filter(self.smoothing, self.period)
        return of_series, to_errors


def forecast(values: np.ndarray, steps: int, *, period: int) -> np.ndarray:
    """(steps,) forecast of ``values`` (n,), n at least 1, in the same unit.

    A season of ``period`` points where two whole ones are there. Of a model with a damped trend
    and one without, the one that would have forecast this history better, as far ahead as is
    asked. Raises ValueError (numpy's LinAlgError is one) where the values are not finite.
    """
    scaled, loc, scale = to_unit_scale(np.asarray(values, dtype=float))
    if not np.isfinite([scale, *scaled]).all():
        raise ValueError("the history has numbers that are not finite, or too large")
    best = min(_fits(scaled, period), key=lambda fit: fit.error_ahead(steps))
    return best.forecast(steps) * scale + loc


def _fits(values: np.ndarray, period: int) -> list[Fit]:
    """Without a trend first: that fit is where the search of the one with a trend begins."""
    period = period if 2 <= period <= len(values) // 2 else 0
    plain = _search([_Model(values, period)], [_logits(*s) for s in product(_ALPHAS, _GAMMAS)])
    if len(values) < (period or 1) + 8:
        return [plain.fit]
    trended = [_Model(values, period, phi) for phi in _PHIS]
    return [plain.fit, _search(trended, [(*plain.logits, *_logits(beta)) for beta in _BETAS]).fit]


@dataclass(frozen=True)
class _Solution:
    """The best first states for ``logits``; columns: what each of them adds to the errors."""

    fit: Fit
    logits: Sequence[float] | np.ndarray
    columns: np.ndarray
    factor: Any  # Cholesky's, of the columns' products


def _search(models: Sequence[_Model], starts: Sequence[Sequence[float]]) -> _Solution:
    """The least sum of squared errors that is found from the best of the starts."""

    def loss(pair: tuple[_Model, Sequence[float]]) -> float:
        return float(np.square(pair[0].solve(pair[1]).fit.errors).sum())

    model, best = min(product(models, starts), key=loss)
    last = model.solve(best)

    def at(logits: np.ndarray) -> _Solution:
        nonlocal last
        if not np.array_equal(last.logits, logits):
            last = model.solve(logits)
        return last

    if len(model.values) <= len(best):
        return last
    found = least_squares(
        lambda logits: at(logits).fit.errors,
        best,
        lambda logits: model.slopes(at(logits)),
        **_SEARCH,
    )
    return at(found.x)


@dataclass(frozen=True)
class _Model:
    """What is not searched: the series, its season, and the trend's damping (None: no trend)."""

    values: np.ndarray
    period: int
    phi: float | None = None

    @cached_property
    def own(self) -> np.ndarray:
        """As ``_own``, for this model."""
        return _own(self.phi or _PHIS[0], len(self.values), self.period)

    @cached_property
    def columns(self) -> np.ndarray:
        """What each of the first states adds to the series."""
        return _columns(self.own, self.period, trend=self.phi is not None)

    def solve(self, logits: Sequence[float] | np.ndarray) -> _Solution:
        """The best first states for these parameters. Raises LinAlgError where there are none."""
        smoothing = self._smoothing(logits)
        inputs = np.concatenate([self.values[None], self.own])
        filtered = lfilter(*_filter(smoothing, self.period), inputs)
        columns = _columns(filtered[1:], self.period, trend=self.phi is not None)
        products = columns.T @ columns
        products.flat[:: len(products) + 1] += _RIDGE * np.trace(products) / len(products)
        factor, states, failed = dposv(products, columns.T @ filtered[0])
        if failed:
            raise np.linalg.LinAlgError("no first states fit this history")
        errors = filtered[0] - columns @ states
        fit = Fit(smoothing, self.period, self.phi is not None, states, errors)
        return _Solution(fit, logits, columns, factor)

    def slopes(self, here: _Solution) -> np.ndarray:
        """(n, logits): how the errors change, the states following (Kaufman 1975: as if what the
        states add did not change).
        """
        rest = self.values - self.columns @ here.fit.states
        slopes = np.empty((len(rest), len(here.logits)))
        for place in range(len(here.logits)):
            beside = np.array(here.logits)
            beside[place] += _STEP
            moved = lfilter(*_filter(self._smoothing(beside), self.period), rest)
            slopes[:, place] = (moved - here.fit.errors) / _STEP
        followed, _ = dpotrs(here.factor, here.columns.T @ slopes)
        left: np.ndarray = slopes - here.columns @ followed
        return left

    def _smoothing(self, logits: Sequence[float] | np.ndarray) -> Smoothing:
        """From the logits of shares of what is allowed: any of them are parameters."""
        shares = 1 / (1 + np.exp(-np.asarray(logits)))
        alpha, gamma, *beta = shares.tolist()
        return Smoothing(
            alpha=alpha,
            beta=alpha * beta[0] if beta else 0.0,
            gamma=(1 - alpha) * gamma if self.period else 0.0,
            phi=self.phi or _PHIS[0],
        )


def _filter(smoothing: Smoothing, period: int) -> tuple[np.ndarray, np.ndarray]:
    """The polynomials in the lag, numerator and denominator, that make errors of a series."""
    alpha, beta, gamma, phi = vars(smoothing).values()
    undone = np.array([1.0, -1 - phi, phi])
    done = np.array([1.0, alpha + phi * beta - 1 - phi, phi * (1 - alpha)])
    if not period or not gamma:
        return undone, done
    season = np.zeros(period + 1)
    season[[0, -1]] = 1, -1
    denominator = np.convolve(done, season)
    denominator[period:] += gamma * undone
    return np.convolve(undone, season), denominator


def _own(phi: float, count: int, period: int) -> np.ndarray:
    """(2, count): what a first season of 1, 0, 0, ... (a level of 1) and a first trend give."""
    first = np.zeros(count)
    first[:: period or 1] = 1
    return np.stack([first, np.cumsum(phi ** np.arange(1, count + 1))])


def _columns(own: np.ndarray, period: int, *, trend: bool) -> np.ndarray:
    """(n, states): the later seasons' points give what the first one does, later."""
    first, slope = own
    late = np.concatenate([np.zeros((period or 1) - 1), first])
    seasons = np.lib.stride_tricks.sliding_window_view(late, period or 1)[:, ::-1]
    return np.column_stack([seasons, slope]) if trend else np.ascontiguousarray(seasons)


def _logits(*shares: float) -> tuple[float, ...]:
    return tuple(math.log(share / (1 - share)) for share in shares)

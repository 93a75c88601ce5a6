"""Time series as two equally long arrays, and the arithmetic that the live feed needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .errors import SeriesError

Severity = Literal["low", "medium", "high"]

SENSOR_PERIOD = 50
SENSOR_ANOMALY_SHARE = 0.05
SENSOR_START = pd.Timestamp("2024-01-01")
SENSOR_STEP = pd.Timedelta(minutes=1)

# A forecast must fit behind any timestamp of a stream, and ISO-8601 has four digits for a year.
CLOCK_END = pd.Timestamp("9000-01-01")

MIN_HISTORY = 10
Z_CAP = 1000.0  # a constant history has no spread: the score stays finite, so JSON can carry it

MISSING_LIMIT = 0.10  # beyond this share an interpolated series would be mostly our invention


@dataclass(frozen=True)
class Series:
    """A univariate series without gaps.

    timestamps: (n,) strictly increasing, time-zone free UTC ``DatetimeIndex``.
    values:     (n,) finite float64, in the unit named by ``unit``.
    period:     observations in one season (12 for monthly data with a yearly season), 1 for none.
    """

    name: str
    timestamps: pd.DatetimeIndex
    values: np.ndarray
    period: int
    unit: str = ""
    source: str = ""
    repairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.timestamps) != len(self.values):
            raise AssertionError("timestamps and values come from one table and are equally long")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def step(self) -> pd.Timedelta:
        """The usual distance between two neighbours (the median)."""
        return pd.Timedelta(np.median(np.diff(self.timestamps.asi8)).astype("int64"), unit="ns")


@dataclass(frozen=True)
class Anomaly:
    """A value that does not fit the points before it.

    mean:      mean of the window before the value, in the series' unit.
    deviation: value - mean, signed, in the series' unit.
    z:         deviation in standard deviations of the window, always finite (capped at 1000).
    """

    mean: float
    deviation: float
    severity: Severity
    z: float


# ------------------------------------------------------------------------------- the sensor


def simulate_sensor(
    seed: int,
    length: int,
    *,
    start: pd.Timestamp = SENSOR_START,
    step: pd.Timedelta = SENSOR_STEP,
) -> Series:
    """A seeded sensor: trend + season of 50 points + noise, and one point in twenty is an anomaly.

    A shorter simulation is a prefix of a longer one, so a session may ask for more points later.
    """
    if length < 1:
        raise SeriesError("length", length, allowed="1 or more points", where="sensor")
    # One generator per ingredient: the k-th draw of each then belongs to the k-th point.
    streams = np.random.SeedSequence(seed).spawn(4)
    shape, noise, chance, jump = (np.random.default_rng(stream) for stream in streams)
    slope, amplitude, phase = shape.uniform([0.002, 4.0, 0.0], [0.01, 6.0, 2 * np.pi])
    t = np.arange(length)
    season = amplitude * np.sin(2 * np.pi * t / SENSOR_PERIOD + phase)
    values = 50.0 + slope * t + season + noise.normal(0.0, 1.0, length)
    is_anomaly = chance.random(length) < SENSOR_ANOMALY_SHARE
    jumps = jump.uniform(-1.0, 1.0, length)
    values = values + is_anomaly * (np.sign(jumps) * 20.0 + jumps * 15.0)
    timestamps = pd.DatetimeIndex(start + np.arange(length) * step).as_unit("ns")
    source = f"simulated, seed {seed}"
    return Series("sensor", timestamps, values, SENSOR_PERIOD, unit="units", source=source)


# ------------------------------------------------------------------------- one point at a time


def rolling_mean(values: np.ndarray, window: int) -> float:
    """Mean of the last ``window`` values, or of all of them while there are fewer."""
    if window < 1 or len(values) == 0:
        raise AssertionError("a mean needs at least one value and a window that holds one")
    return float(np.mean(values[-window:]))


def judge_anomaly(
    history: np.ndarray, value: float, *, window: int = 50, threshold: float = 3.0
) -> Anomaly | None:
    """Compare a value with the last ``window`` points before it; None means nothing to report.

    Fewer than 10 points say too little about what is usual: None as well.
    """
    recent = np.asarray(history, dtype=float)[-window:]
    if len(recent) < MIN_HISTORY:
        return None
    mean = float(np.mean(recent))
    deviation = float(value) - mean
    z = _score(deviation, float(np.std(recent)), mean)
    if abs(z) <= threshold:
        return None
    return Anomaly(mean=mean, deviation=deviation, severity=_severity(abs(z), threshold), z=z)


def _score(deviation: float, spread: float, mean: float) -> float:
    # Rounding gives a constant history a spread of about 1e-16 of its mean: that is no spread.
    rounding = 1e-12 * abs(mean)
    if abs(deviation) <= rounding:
        return 0.0
    if spread <= rounding:
        return float(np.copysign(Z_CAP, deviation))
    return float(np.clip(deviation / spread, -Z_CAP, Z_CAP))


def _severity(z: float, threshold: float) -> Severity:
    if z >= 2 * threshold:
        return "high"
    return "medium" if z >= 1.5 * threshold else "low"


def timestamp_at(series: Series, index: int) -> pd.Timestamp:
    """The timestamp of point ``index``; behind the last point the clock goes on by the usual step.

    A yearly series would leave the calendar within hours: the clock then starts anew.
    """
    beyond = index - len(series) + 1
    if beyond <= 0:
        return series.timestamps[index]
    # Microseconds reach the year 9000, nanoseconds end in 2262.
    last = series.timestamps[-1].as_unit("us")
    step = max(series.step.as_unit("us"), pd.Timedelta(1, unit="us"))
    room = max(1, (CLOCK_END.as_unit("us") - last) // step)
    return last + ((beyond - 1) % room + 1) * step


def microseconds(timestamps: Iterable[pd.Timestamp]) -> pd.DatetimeIndex:
    """An index of whole microseconds, which reach beyond the year 2262 where nanoseconds end."""
    exact = [timestamp.as_unit("us").to_datetime64() for timestamp in timestamps]
    return pd.DatetimeIndex(np.array(exact, dtype="datetime64[us]"))


def stream(series: Series, start_index: int) -> Iterator[tuple[pd.Timestamp, float, bool]]:
    """Points from ``start_index`` on, without end: (timestamp, value, wrapped).

    After the last point the values begin again at the first, the timestamps go on, and
    ``wrapped`` is True from there on, so that nobody takes the repeat for new data.
    """
    index = start_index
    while True:
        value = float(series.values[index % len(series)])
        yield timestamp_at(series, index), value, index >= len(series)
        index += 1


# ---------------------------------------------------------------- what the model is given


def to_unit_scale(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """(values - loc) / scale with mean 0 and deviation 1, and the (loc, scale) to go back.

    The model's own scaler adds 1e-5 to the variance and counts in float32: a series of micro-units
    would look flat to it, and one above 1e19 infinite. Scaled here, the unit does not matter.
    """
    loc = float(np.mean(values))
    centred = values - loc
    # The deviation; np.std would take the mean once more, and three times as long.
    scale = float(np.sqrt(np.dot(centred, centred) / len(values)))
    if scale <= 1e-12 * abs(loc):
        scale = max(abs(loc), 1.0)
    return centred / scale, loc, scale


def pad_left(values: np.ndarray, context_length: int) -> tuple[np.ndarray, np.ndarray]:
    """The last ``context_length`` values, padded in front with the mean of what was observed.

    Returns (context_length,) float64 values and a (context_length,) bool mask, True = observed.
    The model takes the mask for its mean and deviation only, and still reads the padded points:
    the mean is what the scaler turns into 0, so padding adds no step that could pass for data.
    """
    observed = np.asarray(values, dtype=float)[-context_length:]
    if len(observed) == 0:
        raise AssertionError("a Series has at least one point")
    missing = context_length - len(observed)
    padded = np.concatenate([np.full(missing, observed.mean()), observed])
    return padded, np.arange(context_length) >= missing


# -------------------------------------------------------------------------- gaps in the grid


def fill_gaps(
    timestamps: pd.DatetimeIndex, values: np.ndarray, *, where: str
) -> tuple[pd.DatetimeIndex, np.ndarray, tuple[str, ...]]:
    """Interpolate NaN values and skipped steps; more than 10 % of the grid is refused.

    timestamps strictly increasing, values with NaN where missing, known at both ends.
    Returns (timestamps, values, repairs) on the complete grid.
    """
    skipped = skipped_steps(timestamps)
    empty, total = int(np.isnan(values).sum()), len(values) + int(skipped.sum())
    missing = empty + int(skipped.sum())
    if missing == 0:
        return timestamps, values, ()
    if missing > MISSING_LIMIT * total:
        raise SeriesError(
            "missing values",
            f"{missing} of {total} ({empty} empty, {int(skipped.sum())} skipped steps)",
            allowed="at most 10 % of the regular grid",
            where=where,
        )
    before = timestamps.as_unit("ns").asi8
    after = _spread(before, skipped)
    known = ~np.isnan(values)
    # Counting from the first timestamp keeps the nanoseconds exact enough for float64.
    filled = np.interp(after - before[0], before[known] - before[0], values[known])
    repair = f"Interpolated {missing} of {total} points that were missing ({missing / total:.1%})."
    return pd.DatetimeIndex(after), filled, (repair,)


def skipped_steps(timestamps: pd.DatetimeIndex) -> np.ndarray:
    """(n-1,) how many points of the regular grid are missing between each pair of neighbours.

    Weekends are no gap in a series that never has one (prices on trading days).
    """
    distance = np.diff(timestamps.as_unit("ns").asi8)
    step = np.median(distance)
    if step == pd.Timedelta(days=1).value and not (timestamps.dayofweek >= 5).any():
        days = timestamps.values.astype("datetime64[D]")
        return np.maximum(np.busday_count(days[:-1], days[1:]) - 1, 0)
    return np.maximum(np.rint(distance / step).astype(int) - 1, 0)


def _spread(before: np.ndarray, skipped: np.ndarray) -> np.ndarray:
    """(n,) integers with ``skipped[k]`` more of them put evenly between neighbours k and k + 1."""
    position = np.concatenate([[0], np.cumsum(skipped + 1)])
    offset = before - before[0]
    whole = np.interp(np.arange(position[-1] + 1), position, offset)
    after = np.rint(whole).astype("int64")
    after[position] = offset  # what was observed stays exact
    return after + before[0]

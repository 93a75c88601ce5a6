"""The arithmetic of series: simulated, streamed, judged, padded and filled."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.errors import SeriesError
from granite_ws.series import (
    CLOCK_END,
    Series,
    fill_gaps,
    judge_anomaly,
    pad_left,
    rolling_mean,
    simulate_sensor,
    stream,
    to_unit_scale,
)

SEEDS = st.integers(min_value=0, max_value=2**32)
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=700).map(np.array)


def daily(values: list[float], start: str = "2024-01-06") -> Series:
    """A series of days from a Saturday on."""
    timestamps = pd.date_range(start, periods=len(values), freq="D")
    return Series("daily", timestamps, np.array(values, dtype=float), 7)


# ------------------------------------------------------------------------------- the sensor


@given(SEEDS, st.integers(2, 300), st.integers(0, 300))
def test_shorter_sensor_is_prefix(seed: int, length: int, more: int) -> None:
    """A shorter simulation of a seed is the beginning of a longer one, to the last bit."""
    short, long = simulate_sensor(seed, length), simulate_sensor(seed, length + more)
    assert np.array_equal(short.values, long.values[:length])
    assert short.timestamps.equals(long.timestamps[:length])


def test_sensor_seeds_differ() -> None:
    """Two seeds give two sensors."""
    assert not np.array_equal(simulate_sensor(1, 100).values, simulate_sensor(2, 100).values)


def test_sensor_has_its_ingredients() -> None:
    """The sensor rises, swings with period 50, and about one point in twenty stands far off."""
    values = simulate_sensor(3, 20_000).values
    seasons = values.reshape(-1, 50)
    assert np.median(seasons[-1]) > np.median(seasons[0]) + 20
    detrended = seasons - np.median(seasons, axis=1, keepdims=True)
    profile = np.median(detrended, axis=0)
    assert 6 < np.ptp(profile) < 14
    share = float(np.mean(np.abs(detrended - profile) > 10))
    assert 0.04 < share < 0.06


def test_sensor_needs_a_length() -> None:
    """A sensor without points is refused with the key, the value and what is allowed."""
    with pytest.raises(SeriesError, match="length = 0: 1 or more"):
        simulate_sensor(1, 0)


# ------------------------------------------------------------------------------- the stream


def test_stream_yields_from_the_start_index() -> None:
    """Before the end the stream is the series itself, from the index on."""
    series = daily([1, 2, 3, 4])
    expected = [(series.timestamps[2], 3.0, False), (series.timestamps[3], 4.0, False)]
    assert expected == list(islice(stream(series, 2), 2))


def test_stream_wraps_with_a_clock_that_goes_on() -> None:
    """Behind the end the values begin again, one step later each, and say that they wrapped."""
    found = list(islice(stream(daily([1, 2, 3]), 2), 5))
    assert [value for _, value, _ in found] == [3.0, 1.0, 2.0, 3.0, 1.0]
    assert [wrapped for *_, wrapped in found] == [False, True, True, True, True]
    assert [f"{when:%d}" for when, *_ in found] == ["08", "09", "10", "11", "12"]


@pytest.mark.parametrize("start_index", [400, 8_000, 50_000])
def test_stream_of_years_never_leaves_the_calendar(start_index: int) -> None:
    """A yearly series streams past 2262, where nanoseconds end, and stays before the year 9000."""
    years = pd.to_datetime([str(year) for year in range(1700, 2009)], format="%Y")
    series = Series("years", pd.DatetimeIndex(years), np.arange(309.0), 11)
    when, value, wrapped = next(stream(series, start_index))
    assert wrapped
    assert years[-1] < when <= CLOCK_END.as_unit("us")
    assert start_index % 309 == value


# ------------------------------------------------------------------------------ one point


def test_rolling_mean_takes_the_last_values() -> None:
    """Only the last ``window`` values count, and all of them while there are fewer."""
    values = np.array([100.0, 1.0, 2.0, 3.0])
    assert rolling_mean(values, 3) == 2.0
    assert rolling_mean(values, 50) == 26.5


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(10, 80))
def test_constant_history_gives_finite_scores(level: float, value: float, count: int) -> None:
    """A constant history divides by nothing: equal values are usual, others finite and high."""
    history = np.full(count, level)
    assert judge_anomaly(history, level) is None
    found = judge_anomaly(history, value)
    if abs(value - level) > 1e-9 * max(1.0, abs(level)):
        assert found is not None
        assert found.severity == "high"
        assert np.isfinite(found.z)


def test_nine_points_judge_nobody() -> None:
    """Nine points are too few to call anything unusual; ten are enough."""
    history = np.array([0.0, 1.0] * 5)
    assert judge_anomaly(history[:9], 1e6) is None
    assert judge_anomaly(history, 1e6) is not None


@pytest.mark.parametrize(
    ("value", "severity"),
    [(2.9, None), (-2.9, None), (3.1, "low"), (4.6, "medium"), (-6.1, "high")],
)
def test_severity_grows_with_distance(value: float, severity: str | None) -> None:
    """Three deviations are low, four and a half medium, six high, on either side."""
    history = np.array([-1.0, 1.0] * 25)  # mean 0, deviation 1
    found = judge_anomaly(history, value)
    assert severity == (found.severity if found else None)
    if found:
        assert found.z == pytest.approx(value)
        assert found.deviation == pytest.approx(value)


def test_only_the_window_is_usual() -> None:
    """What lies before the window does not excuse a value."""
    history = np.concatenate([np.full(50, 1000.0), np.array([-1.0, 1.0] * 25)])
    assert judge_anomaly(history, 1000.0, window=50) is not None
    assert judge_anomaly(history, 1000.0, window=100) is None


# ---------------------------------------------------------------------- what the model is given


@given(VALUES, st.integers(1, 600))
def test_padding_keeps_what_was_observed(values: np.ndarray, context: int) -> None:
    """The last values stand at the end, unchanged and marked; in front stands their mean."""
    padded, mask = pad_left(values, context)
    kept = values[-context:]
    assert len(padded) == len(mask) == context
    assert np.array_equal(padded[mask], kept)
    assert np.array_equal(mask, np.arange(context) >= context - len(kept))
    assert np.all(padded[~mask] == kept.mean())


@given(VALUES)
def test_unit_scale_can_be_undone(values: np.ndarray) -> None:
    """Scaled values are finite, and loc and scale lead back to the series."""
    scaled, loc, scale = to_unit_scale(values)
    assert np.all(np.isfinite(scaled))
    tolerance = 1e-9 * (1 + np.abs(values).max())
    np.testing.assert_allclose(scaled * scale + loc, values, atol=tolerance)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e20])
def test_unit_scale_forgets_the_unit(unit: float) -> None:
    """A series in nano-units and one beyond float32's squares give the model the same input."""
    values = np.sin(np.arange(100.0))
    np.testing.assert_allclose(to_unit_scale(unit * values)[0], to_unit_scale(values)[0])


# -------------------------------------------------------------------------------------- gaps


@given(st.sets(st.integers(1, 198), max_size=19))
def test_a_line_survives_its_gaps(lost: set[int]) -> None:
    """Rows taken out of a straight line come back where they were, and one repair counts them."""
    whole = daily(list(range(200)))
    kept = [k for k in range(200) if k not in lost]
    timestamps, values, repairs = fill_gaps(whole.timestamps[kept], whole.values[kept], where="t")
    assert timestamps.equals(whole.timestamps)
    np.testing.assert_allclose(values, whole.values, atol=1e-9)
    assert len(repairs) == (1 if lost else 0)
    assert all(f"Interpolated {len(lost)} of 200" in repair for repair in repairs)


def test_too_many_gaps_are_refused() -> None:
    """More than a tenth missing is refused, with both kinds counted."""
    series = daily([1.0, np.nan] * 4 + [1.0] * 32)
    keep = [k for k in range(40) if k != 20]
    with pytest.raises(SeriesError, match=r"5 of 40 \(4 empty, 1 skipped steps\).*at most 10 %"):
        fill_gaps(series.timestamps[keep], series.values[keep], where="t")


def test_weekends_are_no_gaps_where_there_are_none() -> None:
    """Trading days skip Saturday and Sunday; only the missing Wednesday is filled."""
    days = pd.bdate_range("2024-01-01", periods=60)
    wednesday = days[32]
    kept = days.delete(32)
    timestamps, values, _ = fill_gaps(kept, np.arange(59.0), where="t")
    assert len(values) == 60
    assert wednesday == timestamps[32]


def test_months_of_unequal_length_are_regular() -> None:
    """Months of 28 to 31 days are no gaps, and a missing one is found."""
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    assert fill_gaps(months, np.arange(48.0), where="t")[2] == ()
    assert len(fill_gaps(months.delete(13), np.arange(47.0), where="t")[1]) == 48

"""The demo weights are worth shipping: measured on futures that no training step has read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from granite_ws.edges.demo_score import (
    DEMO_WEIGHTS,
    SENSOR_SEEDS,
    TRAIN_SHARE,
    Window,
    demo_forecaster,
    held_out_windows,
    mase,
    score_demo,
    seasonal_naive,
)
from granite_ws.edges.series_source import SHIPPED, load_shipped


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The scores, computed once."""
    return score_demo()


def test_one_row_per_series(table: pd.DataFrame) -> None:
    """The three shipped series and the sensor have one row each, with finite figures."""
    assert [*SHIPPED, "sensor"] == list(table["series"])
    columns = ["series", "windows", "demo_mase", "seasonal_naive_mase", "smoothing_mase"]
    assert columns == list(table.columns)
    assert np.isfinite(table[columns[2:]].to_numpy()).all()


@pytest.mark.parametrize("name", [*SHIPPED, "sensor"])
def test_demo_beats_the_repeated_season(table: pd.DataFrame, name: str) -> None:
    """On every series the demo weights err less than repeating the last season."""
    row = table.set_index("series").loc[name]
    assert row["demo_mase"] < row["seasonal_naive_mase"]


def test_futures_are_held_out() -> None:
    """Every future lies wholly behind the 70 % that training read, or has an unseen seed."""
    for name in SHIPPED:
        values = load_shipped(name).values
        for window in held_out_windows()[name]:
            at = len(window.history)
            assert at >= int(TRAIN_SHARE * len(values))
            assert np.array_equal(values[at : at + len(window.future)], window.future)
    assert min(SENSOR_SEEDS) > 5000


def test_mase_of_a_hand_made_window() -> None:
    """Errors of 3 and 1 against a history that is off by 2 a season give a MASE of 1."""
    window = Window(np.array([0.0, 0, 2, 2, 4, 4]), 2, np.array([7.0, 5.0]))
    assert mase(window, seasonal_naive) == 1.0


def test_repeated_season_goes_on_beyond_itself() -> None:
    """A horizon longer than the season begins the season again."""
    assert list(seasonal_naive(np.array([1.0, 2.0, 3.0]), 2, 5)) == [2.0, 3.0, 2.0, 3.0, 2.0]


@pytest.mark.parametrize("count", [32, 100, 512, 700])
def test_short_histories_are_forecast_too(count: int) -> None:
    """From 32 points on the forecast of a swinging line stays within twice its swing."""
    history = 100 + np.sin(2 * np.pi * np.arange(count) / 12)
    forecast = demo_forecaster()(history, 12, 96)
    assert forecast.shape == (96,)
    assert np.all(np.abs(forecast - 100) < 2)


@pytest.mark.parametrize("unit", [1e-6, 1e12])
def test_forecast_does_not_depend_on_the_unit(unit: float) -> None:
    """The same history in micro-units or in tera-units has the same forecast, in that unit."""
    history = load_shipped("elnino").values[:600]
    forecast = demo_forecaster()
    expected = unit * forecast(history, 12, 24)
    np.testing.assert_allclose(forecast(unit * history, 12, 24), expected, rtol=1e-4)


def test_weights_are_labelled_and_small() -> None:
    """The folder says that these are demo weights, and its tensors stay below 4 MB."""
    assert "not IBM's Granite weights" in (DEMO_WEIGHTS / "README.md").read_text(encoding="utf-8")
    assert (DEMO_WEIGHTS / "model.safetensors").stat().st_size < 4e6

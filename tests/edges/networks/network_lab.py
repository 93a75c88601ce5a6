"""The three ways to compute the demo weights, and a pipeline to hold them against."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from granite_ws import Settings
from granite_ws.edges.granite import GraniteModel
from granite_ws.edges.model_source import DEMO_FOLDER, Weights, read_weights
from granite_ws.forecast import Engine

CONTEXT, HORIZON = 512, 96


def demo() -> Weights:
    return read_weights(DEMO_FOLDER, Engine.GRANITE_DEMO, Settings(), name="demo")


@cache
def model(runtime: str) -> GraniteModel:
    """The demo weights, loaded once for all tests of a file."""
    return GraniteModel(demo(), Settings(runtime=runtime))


def frame_of(values: np.ndarray) -> pd.DataFrame:
    stamps = pd.date_range("2024-01-01", periods=len(values), freq="s")
    return pd.DataFrame({"timestamp": stamps, "value": values})


@cache
def pipeline() -> Any:
    """granite-tsfm's own, as its documentation shows it."""
    from tsfm_public import TimeSeriesForecastingPipeline
    from tsfm_public.models.tinytimemixer import TinyTimeMixerForPrediction

    return TimeSeriesForecastingPipeline(
        model=TinyTimeMixerForPrediction.from_pretrained(DEMO_FOLDER).eval(),
        timestamp_column="timestamp",
        id_columns=[],
        target_columns=["value"],
        explode_forecasts=True,
        freq="s",
        device="cpu",
    )


def random_series(number: int) -> np.ndarray:
    """(512,) of one of many kinds, of a scale from 10 to 1e6, never constant.

    Below, the model adds its own 1e-5 to the variance, and the pipeline's forecast depends on the
    unit (docs/decisions/0001): there torch, scaled as we scale, is what ONNX is held against.
    """
    chance = np.random.default_rng(number)
    noise = chance.normal(size=CONTEXT)
    season = np.sin(np.arange(CONTEXT) * 2 * np.pi / chance.integers(3, 200))
    kinds = (noise, noise.cumsum(), season + 0.1 * noise, np.abs(noise) ** 3, season.cumsum())
    scale, shift = 10.0 ** chance.uniform(1, 6), chance.normal() * 3
    made: np.ndarray = (kinds[number % len(kinds)] + shift) * scale
    return made

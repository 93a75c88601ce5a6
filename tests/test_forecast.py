"""From a raw response to finite numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from granite_ws.errors import ModelError
from granite_ws.forecast import Engine, extract_predictions, future_timestamps, model_pair


def test_an_exploded_response_is_its_value_column() -> None:
    """One row a step: the column ``value`` is the forecast."""
    response = pd.DataFrame({"value": np.arange(96.0)})
    values, column = extract_predictions(response, 96)
    assert ("value", list(range(96))) == (column, values.tolist())


def test_an_unexploded_response_is_not_its_nan_future() -> None:
    """One row with lists: ``value`` is the unknown future, ``value_prediction`` the forecast."""
    response = pd.DataFrame({"value": [[float("nan")] * 3], "value_prediction": [[1.0, 2.0, 3.0]]})
    values, column = extract_predictions(response, 3)
    assert ("value_prediction", [1.0, 2.0, 3.0]) == (column, values.tolist())


def test_a_longer_response_is_cut_to_the_steps_that_are_due() -> None:
    """A model of 96 steps serves a horizon of 3; what lies behind it may even be NaN."""
    response = pd.DataFrame({"value": [1.0, 2.0, 3.0, float("nan")]})
    assert [1.0, 2.0, 3.0] == extract_predictions(response, 3)[0].tolist()


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (pd.DataFrame({"value": [1.0]}), "1 predictions where 3 are due"),
        (pd.DataFrame({"value": [1.0, np.nan, np.inf]}), "2 of 3 predictions not finite"),
        (pd.DataFrame({"other": [1.0, 2.0, 3.0]}), "no forecast column"),
    ],
)
def test_what_is_no_forecast_is_refused(response: pd.DataFrame, words: str) -> None:
    """Too few, not finite, and not there are errors, so that a fallback can be taken."""
    with pytest.raises(ValueError, match=words):
        extract_predictions(response, 3)


@pytest.mark.parametrize("context", [512, 1024, 1536])
def test_the_shortest_model_that_reaches_serves(context: int) -> None:
    """For every context and every horizon: the next longer model, never a longer one still."""
    served = {horizon: model_pair(context, horizon) for horizon in range(1, 721)}
    due = {h: (context, 96 if h <= 96 else 192 if h <= 192 else 336 if h <= 336 else 720)
           for h in range(1, 721)}  # fmt: skip
    assert due == served


@pytest.mark.parametrize(("context", "horizon"), [(700, 96), (512, 0), (512, 721)])
def test_a_pair_without_a_model_is_one_clear_error(context: int, horizon: int) -> None:
    """The error says which contexts and horizons there are."""
    with pytest.raises(ModelError, match="TTM-R2"):
        model_pair(context, horizon)


def test_future_timestamps_follow_the_last() -> None:
    """Constant steps from the last stamp on, also beyond the end of nanosecond time."""
    day = pd.Timedelta("365D")
    stamps = future_timestamps(pd.Timestamp("2260-01-01"), day, 5)
    assert 5 == len(stamps)
    assert pd.Timestamp("2260-12-31") == stamps[0]
    assert 2264 == stamps[-1].year


def test_only_smoothing_is_no_granite() -> None:
    """The wire's word for each engine."""
    words = {engine.value: engine.model_type for engine in Engine}
    assert "statistical" == words.pop("exponential-smoothing")
    assert {"granite"} == set(words.values())

"""The wire contract."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from granite_ws import contract
from granite_ws.contract import (
    StrictJson,
    anomaly_payload,
    count_non_finite,
    encode,
    finite,
    forecast_payload,
    point,
)
from granite_ws.forecast import Engine, Forecast
from granite_ws.series import Anomaly

ANY = st.recursive(
    st.none() | st.text() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)


def made(engine: Engine = Engine.GRANITE_DEMO) -> Forecast:
    stamps = pd.date_range("2024-01-01", periods=3, freq="D")
    return Forecast(stamps, np.array([1.0, 2.0, 3.0]), engine, "demo", 512, 0.1, "because")


def test_a_forecast_has_every_field_of_the_contract() -> None:
    """Predictions with step, timestamp and value; model, type, context, fallback reason."""
    payload = forecast_payload(made(), made_at="2024-01-01T00:00:00+00:00")
    assert [
        {"timestamp": f"2024-01-0{n}T00:00:00", "value": float(n), "horizon_step": n}
        for n in (1, 2, 3)
    ] == payload["predictions"]
    assert {
        "predictions",
        "forecast_timestamp",
        "context_size",
        "model",
        "model_type",
        "engine",
        "fallback_reason",
    } == set(payload)
    assert ("granite", "because") == (payload["model_type"], payload["fallback_reason"])


def test_smoothing_is_statistical_on_the_wire() -> None:
    """The seed's page tells the two by this word."""
    payload = forecast_payload(made(Engine.SMOOTHING), made_at="x")
    assert "statistical" == payload["model_type"]


def test_an_anomaly_has_its_figures() -> None:
    """Mean, deviation and severity with one; null without."""
    found = Anomaly(mean=1.0, deviation=9.0, severity="high", z=7.0)
    assert {"is_anomaly": False, "info": None} == anomaly_payload(None)
    assert {"mean": 1.0, "deviation": 9.0, "z": 7.0, "severity": "high"} == anomaly_payload(found)[
        "info"
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_becomes_null(value: float) -> None:
    """A point that nobody measured is null, never NaN."""
    assert finite(value) is None
    assert point(pd.Timestamp("2024-01-01"), value)["value"] is None


@pytest.mark.parametrize(
    "dump",
    [
        encode,
        StrictJson.dumps,
        lambda v: StrictJson.dumps(v, indent=1),
        lambda v: StrictJson.dumps(v, allow_nan=True),
    ],
)
def test_nan_cannot_be_encoded(dump: Any) -> None:
    """Neither our payloads nor anything else that the server emits can carry NaN to a browser."""
    with pytest.raises(ValueError, match="JSON"):
        dump({"deep": [{"down": math.nan}]})


def test_strict_json_is_json_otherwise() -> None:
    """What is finite is written with the options that were asked for, and read back."""
    text = StrictJson.dumps({"b": [1, None], "a": "é"}, separators=(",", ":"), sort_keys=True)
    assert '{"a":"\\u00e9","b":[1,null]}' == text
    assert {"a": "é", "b": [1, None]} == StrictJson.loads(text)


def test_a_point_is_a_time_and_a_number() -> None:
    """ISO 8601 and a plain float, whatever number the series holds."""
    made_point = point(pd.Timestamp("2024-01-01 12:30"), np.float32(1.5))
    assert '{"timestamp":"2024-01-01T12:30:00","value":1.5}' == encode(made_point)


def test_the_events_have_the_seeds_names() -> None:
    """A page that was written for the seed's application finds every event under its name."""
    assert ["start_processing", "stop_processing", "reset_data"] == [
        contract.START,
        contract.STOP,
        contract.RESET,
    ]
    assert ["connected", "new_data", "status_changed", "data_reset"] == [
        contract.CONNECTED,
        contract.NEW_DATA,
        contract.STATUS_CHANGED,
        contract.DATA_RESET,
    ]


@given(ANY)
@example([math.nan])
@example((1.0, math.inf))
@example({"deep": [{"down": -math.inf}]})
def test_the_count_of_non_finite_numbers_is_what_strict_json_refuses(value: Any) -> None:
    """Zero found means that strict JSON takes it; more than zero means that it refuses."""
    try:
        json.dumps(value, allow_nan=False)
        refused = False
    except ValueError:
        refused = True
    assert refused == (count_non_finite(value) > 0)

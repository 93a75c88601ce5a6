"""ForecastService with the real demo model: every step told, every engine named."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from granite_ws import ForecastService, Settings
from granite_ws.edges import smoothing
from granite_ws.edges.granite import GraniteModel
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import read_events
from granite_ws.errors import ModelError
from granite_ws.events import Kind, Witness
from granite_ws.forecast import Engine
from granite_ws.loglines import LOGGER_NAME

HISTORY = pd.DataFrame(
    {
        "timestamp": load_shipped("elnino").timestamps[:512],
        "value": load_shipped("elnino").values[:512],
    }
)
# The seed's section 1 and its pattern "normal operation", in order.
NORMAL = (
    "[ForecastService/Granite] Preparing data: 512 points",
    "[ForecastService/Granite] DataFrame shape: (512, 2)",
    "[ForecastService/Granite] First rows:",
    "[ForecastService/Granite] Last rows:",
    "[ForecastService/Granite] Starting prediction with 96 steps...",
    "[ForecastService/Granite] Prediction completed in ",
    "[ForecastService/Granite] Response shape: (96, 1)",
    "[ForecastService/Granite] Response columns: ['value']",
    "[ForecastService/Granite] Response dtypes:",
    "[ForecastService/Granite] Response describe:",
    "[ForecastService/Granite] Response first rows:",
    "[ForecastService/Granite] Response last rows:",
    "[ForecastService/Granite] Extracted 96 predictions from 'value' column",
    "[ForecastService/Granite] Predictions min=",
    "[ForecastService/Granite] First 10 predictions: [",
    "[ForecastService/Granite] Total forecast time: ",
    "[ForecastService] Result size: ",
)


def service(tmp_path: Path, **settings: object) -> ForecastService:
    made = Settings(**{"hub_timeout_s": 0, **settings})
    logger = logging.getLogger(LOGGER_NAME)
    recorder = Recorder(Witness.SERVER, tmp_path / "events.jsonl", logger=logger)
    return ForecastService(made, recorder, period=12)


def test_every_step_is_logged_in_the_seeds_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A DEBUG log holds every line of the seed's section 1, in its order."""
    made = service(tmp_path)
    made.load()
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)
    made.predict(HISTORY)
    lines = iter(record.getMessage() for record in caplog.records)
    for expected in NORMAL:
        assert any(line.startswith(expected) for line in lines), expected


def test_an_info_log_has_no_tables(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO each line is one line: head, tail, dtypes and describe stay away."""
    made = service(tmp_path)
    made.load()
    caplog.set_level(logging.INFO, logger=LOGGER_NAME)
    made.predict(HISTORY)
    assert caplog.records
    assert [r.getMessage() for r in caplog.records if "\n" in r.getMessage()] == []


def test_the_forecast_names_its_engine(tmp_path: Path) -> None:
    """With the demo weights the reply says granite-demo and labels them as demo weights."""
    made = service(tmp_path)
    made.load()
    forecast = made.predict(HISTORY)
    assert (Engine.GRANITE_DEMO, None) == (forecast.engine, forecast.fallback_reason)
    assert "demo weights" in forecast.model
    assert (96, 512) == (len(forecast.values), forecast.context_size)
    assert forecast.timestamps[0] > HISTORY["timestamp"].iloc[-1]
    assert made.info()["last_forecast_engine"] == "granite-demo"


def test_a_failing_model_falls_back_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Out of memory in the model gives a smoothing forecast, the reason, and the seed's lines."""
    made = service(tmp_path)
    made.load()

    def fail(*_: object) -> None:
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(GraniteModel, "respond", fail)
    caplog.set_level(logging.INFO, logger=LOGGER_NAME)
    forecast = made.predict(HISTORY)
    assert forecast.engine is Engine.SMOOTHING
    assert forecast.fallback_reason == "RuntimeError: CUDA out of memory"
    text = caplog.text
    assert "[ForecastService/Granite] Forecast error after 0." in text
    assert "s: CUDA out of memory" in text
    assert "[ForecastService/Granite] Exception type: RuntimeError" in text
    assert "Traceback (most recent call last)" in text
    assert "[ForecastService/Fallback] Smoothing completed in " in text


def test_nan_from_the_model_never_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that answers NaN is treated as failed; the forecast that leaves is finite."""
    made = service(tmp_path)
    made.load()
    answer = pd.DataFrame({"value": np.full(96, np.nan)})
    monkeypatch.setattr(GraniteModel, "respond", lambda *_: answer)
    forecast = made.predict(HISTORY)
    assert forecast.engine is Engine.SMOOTHING
    assert "not finite" in str(forecast.fallback_reason)
    assert np.isfinite(forecast.values).all()


def test_granite_alone_has_no_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """engine = granite fails loudly where auto would fall back."""
    made = service(tmp_path, engine="granite")
    made.load()
    monkeypatch.setattr(GraniteModel, "respond", lambda *_: pd.DataFrame({"other": [1.0]}))
    with pytest.raises(ValueError, match="granite gave no forecast"):
        made.predict(HISTORY)


def test_granite_alone_without_a_model_is_an_error(tmp_path: Path) -> None:
    """engine = granite with a horizon beyond the demo, and no hub, is one clear error."""
    made = service(tmp_path, engine="granite", forecast_horizon=336)
    with pytest.raises(ModelError, match="no TTM model was found"):
        made.load()


def test_before_the_model_is_there_smoothing_serves(tmp_path: Path) -> None:
    """A forecast that is asked for during loading comes from smoothing and says so."""
    forecast = service(tmp_path).predict(HISTORY, 12)
    assert forecast.engine is Engine.SMOOTHING
    assert forecast.fallback_reason == "the model is still loading"
    assert len(forecast.values) == 12


def test_why_better_engines_were_skipped_is_in_every_reply(tmp_path: Path) -> None:
    """A horizon that only the hub could serve gives smoothing, and names each engine's reason."""
    made = service(tmp_path, forecast_horizon=192)
    made.load()
    forecast = made.predict(HISTORY)
    assert len(forecast.values) == 192
    for engine in ("granite-cache", "granite-hub", "granite-demo"):
        assert engine in str(forecast.fallback_reason)
    kinds = [event.kind for event in read_events(tmp_path / "events.jsonl")]
    assert kinds.count(Kind.ENGINE_SKIPPED) == 3


def test_both_engines_failing_is_a_value_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When smoothing fails as well there is no forecast, and the log says so."""
    made = service(tmp_path, engine="smoothing")
    made.load()
    monkeypatch.setattr("granite_ws.edges.smoothing.smooth", lambda *_, **__: 1 / 0)
    with pytest.raises(ValueError, match="no engine gave a forecast"):
        made.predict(HISTORY)
    kinds = [event.kind for event in read_events(tmp_path / "events.jsonl")]
    assert Kind.FALLBACK_FAILED in kinds


def test_a_short_history_is_padded_and_said(tmp_path: Path) -> None:
    """100 points of 512: Granite forecasts from a padded context, and an event says so."""
    made = service(tmp_path)
    made.load()
    forecast = made.predict(HISTORY.tail(100))
    assert (Engine.GRANITE_DEMO, 100) == (forecast.engine, forecast.context_size)
    padded = read_events(tmp_path / "events.jsonl").of(Kind.HISTORY_PADDED)
    assert [{"points": 100, "context_length": 512}] == [event.data for event in padded]


def test_what_smoothing_needs_is_there_before_the_first_forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its library is imported while the service loads: in the feed that keeps a gevent hub."""
    imported: list[bool] = []
    monkeypatch.setattr(smoothing, "import_library", lambda: imported.append(True))
    service(tmp_path, engine="smoothing").load()
    assert imported == [True]

"""How the feed is kept waiting and its forecasts are lost, without a session around it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from granite_ws.edges import smoothing
from granite_ws.edges.granite import GraniteModel
from granite_ws.edges.injector.feed import ACTS, PREPARE
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.forecast import extract_predictions
from granite_ws.settings import Settings


@pytest.fixture(autouse=True)
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the faults replace is put back after each test."""
    monkeypatch.setattr(smoothing, "smooth", lambda _values, steps, period: np.zeros(steps))
    monkeypatch.setattr(GraniteModel, "respond", answer)


def answer(_model: GraniteModel, _frame: pd.DataFrame, steps: int) -> pd.DataFrame:
    return pd.DataFrame({"value": np.ones(steps)})


def stage_for(tmp_path: Path, fault: str) -> ServerStage:
    recorder = Recorder(Witness.INJECTOR, tmp_path / "events.jsonl")
    return ServerStage(Settings(fault=fault), recorder, None, None, emit=lambda *_: None)


def effect(tmp_path: Path) -> float:
    amount: float = read_events(tmp_path / "events.jsonl").of(Kind.FAULT_EFFECT)[-1].data["amount"]
    return amount


def test_the_first_forecast_waits_and_the_next_does_not(tmp_path: Path) -> None:
    """It is held until the hub hangs up; then it is made all the same, and the next at once."""
    stage = stage_for(tmp_path, "silent_feed")
    PREPARE["silent_feed"](stage)
    done = threading.Event()

    def forecast() -> None:
        smoothing.smooth(np.ones(3), 2, period=1)
        done.set()

    feed = threading.Thread(target=forecast)
    feed.start()
    assert not done.wait(0.05)
    ACTS["silent_feed"](stage, 0.1)
    assert done.wait(5)
    feed.join()
    assert effect(tmp_path) >= 0.1
    assert list(smoothing.smooth(np.ones(3), 2, period=1)) == [0.0, 0.0]


def test_an_answer_in_one_row_cannot_be_read(tmp_path: Path) -> None:
    """The shape is (1, 3), the application finds one prediction where four are due: counted."""
    stage = stage_for(tmp_path, "forecast_never_delivered")
    PREPARE["forecast_never_delivered"](stage)
    frame = pd.DataFrame({"timestamp": [pd.Timestamp("2024-01-01")], "value": [1.0]})
    model = GraniteModel.__new__(GraniteModel)
    response = model.respond(frame, 4)
    assert response.shape == (1, 3)
    with pytest.raises(ValueError, match="1 predictions where 4 are due"):
        extract_predictions(response, 4)
    ACTS["forecast_never_delivered"](stage, 0)
    assert effect(tmp_path) >= 1

"""The live feed, with a fake service where a failure is needed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from granite_ws import ForecastService, Settings
from granite_ws.contract import count_non_finite, encode
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import read_events
from granite_ws.events import EventLog, Kind, Witness
from granite_ws.series import Series


class Feed:
    """A feed of a series whose loop runs in this thread for a number of emits."""

    def __init__(self, tmp_path: Path, series: Series | None = None, **settings: Any) -> None:
        self.path = tmp_path / "events.jsonl"
        made = Settings(
            **{"engine": "smoothing", "point_interval_s": 0.01, "forecast_horizon": 6, **settings}
        )
        recorder = Recorder(Witness.SERVER, self.path)
        series = series or load_shipped("elnino")
        self.service = ForecastService(made, recorder, period=1)
        self.service.load()
        self.processing = Processing(made, series, self.service, recorder)
        self.sent: list[dict[str, Any]] = []

    def run(self, emits: int, failing: frozenset[int] = frozenset()) -> EventLog:
        stop = threading.Event()
        calls = 0

        def emit(_event: str, payload: dict[str, Any]) -> None:
            nonlocal calls
            calls += 1
            if calls >= emits:
                stop.set()
            if calls in failing:
                raise ConnectionError("Connection closed")
            self.sent.append(payload)

        self.processing.background_processing(emit, stop)
        return read_events(self.path)


def test_the_payload_is_the_contracts(tmp_path: Path) -> None:
    """Point, forecast, anomaly, rolling mean, stats and iteration; strict JSON."""
    feed = Feed(tmp_path)
    feed.run(2)
    first = feed.sent[0]
    assert {"point", "forecast", "anomaly", "rolling_mean", "stats", "iteration"} == set(first)
    assert {"timestamp", "value"} == set(first["point"]) == set(first["rolling_mean"])
    assert (6, "statistical", 1) == (
        len(first["forecast"]["predictions"]),
        first["forecast"]["model_type"],
        first["iteration"],
    )
    steps = [set(prediction) for prediction in first["forecast"]["predictions"]]
    assert [{"timestamp", "value", "horizon_step"}] * 6 == steps
    assert {"forecast_timestamp", "context_size", "model"} <= set(first["forecast"])
    assert {"is_anomaly": False, "info": None} == first["anomaly"]
    assert {"total_points": 489, "anomaly_count": 0, "total_predictions": 1} == first["stats"]
    assert all(encode(payload) and not count_non_finite(payload) for payload in feed.sent)


def test_each_step_is_recorded_in_order(tmp_path: Path) -> None:
    """Iteration, forecast begun and done, emit begun and done, sleep: the seed's section 2."""
    log = Feed(tmp_path).run(1)
    wanted = [
        Kind.PROCESSING_STARTED,
        Kind.ITERATION_BEGUN,
        Kind.FORECAST_BEGUN,
        Kind.FORECAST_DONE,
        Kind.EMIT_BEGUN,
        Kind.EMIT_DONE,
        Kind.SLEEP_BEGUN,
        Kind.SLEEP_DONE,
        Kind.PROCESSING_STOPPED,
    ]
    assert wanted == [event.kind for event in log if event.kind in wanted]


def test_the_bytes_are_those_of_the_payload(tmp_path: Path) -> None:
    """What the log says of the size is the size on the wire."""
    feed = Feed(tmp_path)
    log = feed.run(1)
    assert len(encode(feed.sent[0]).encode()) == log.of(Kind.EMIT_BEGUN)[0].data["bytes"]


def test_a_failing_forecast_sends_null_and_the_feed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The point still reaches the clients; the failure is recorded."""
    feed = Feed(tmp_path)

    def fail(*_: object) -> None:
        raise ValueError("no engine gave a forecast")

    monkeypatch.setattr(feed.service, "predict", fail)
    log = feed.run(3)
    assert [None, None, None] == [payload["forecast"] for payload in feed.sent]
    assert 3 == len(log.of(Kind.FORECAST_FAILED))
    assert 0 == feed.sent[-1]["stats"]["total_predictions"]


def test_a_failing_emit_is_told_and_the_next_one_runs(tmp_path: Path) -> None:
    """The seed's pattern: Emit error with its type, then the loop goes on."""
    log = Feed(tmp_path).run(3, failing=frozenset({2}))
    failed = log.of(Kind.EMIT_FAILED)
    assert [(2, "Connection closed", "ConnectionError")] == [
        (e.data["iteration"], e.data["error"], e.data["exception"]) for e in failed
    ]
    assert [1, 3] == [event.data["iteration"] for event in log.of(Kind.EMIT_DONE)]


def test_anything_else_that_breaks_an_iteration_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours in one iteration does not silence the feed."""
    feed = Feed(tmp_path)
    stop = threading.Event()
    calls: list[int] = []

    def broken(iteration: int, _emit: object) -> None:
        calls.append(iteration)
        if iteration == 2:
            stop.set()
        raise KeyError("broken")

    monkeypatch.setattr(feed.processing, "_iterate", broken)
    feed.processing.background_processing(lambda *_: None, stop)
    assert [1, 2] == calls
    assert 2 == len(read_events(feed.path).of(Kind.PROCESSING_FAILED))


def test_a_forecast_only_every_so_often(tmp_path: Path) -> None:
    """forecast_every = 3: the first and the fourth point have a forecast."""
    feed = Feed(tmp_path, forecast_every=3)
    feed.run(5)
    assert [True, False, False, True, False] == [p["forecast"] is not None for p in feed.sent]


def test_start_twice_is_once(tmp_path: Path) -> None:
    """A second start is refused until it was stopped."""
    feed = Feed(tmp_path)
    spawned: list[object] = []

    def spawn(*task: object) -> None:
        spawned.append(task)

    processing = feed.processing
    assert [True, False] == [processing.start(spawn, print) for _ in range(2)]
    assert [True, False] == [processing.stop() for _ in range(2)]
    assert processing.start(spawn, print)
    assert 2 == len(spawned)


def test_reset_is_a_fresh_start(tmp_path: Path) -> None:
    """Counts are zero, forecasts gone, and the series begins where it began."""
    feed = Feed(tmp_path)
    feed.run(3)
    feed.processing.reset()
    assert {"total_points": 488, "anomaly_count": 0, "total_predictions": 0} == (
        feed.processing.counts()
    )
    assert [] == feed.processing.history()["forecasts"]
    before = feed.sent[0]["point"]
    feed.run(1)
    assert before == feed.sent[-1]["point"]


def test_an_anomaly_is_marked_in_message_and_history(tmp_path: Path) -> None:
    """A jump after a quiet history is an anomaly, and marked for pages that come later."""
    values = np.concatenate([np.tile([1.0, 1.1], 60), np.full(60, 50.0)])
    stamps = pd.date_range("2024-01-01", periods=len(values), freq="h")
    series = Series("jump", stamps, values, period=1)
    feed = Feed(tmp_path, series)
    feed.run(1)
    assert feed.sent[0]["anomaly"]["is_anomaly"]
    assert "high" == feed.sent[0]["anomaly"]["info"]["severity"]
    marked = [entry for entry in feed.processing.history()["data"] if entry["is_anomaly"]]
    assert [feed.sent[0]["point"]["timestamp"]] == [entry["timestamp"] for entry in marked]


def test_a_yearly_series_goes_on_beyond_nanosecond_time(tmp_path: Path) -> None:
    """300 years in, the stream has wrapped, said so once, and still forecasts."""
    feed = Feed(tmp_path, load_shipped("sunspots"), forecast_every=50)
    for iteration in range(1, 402):
        feed.processing._iterate(iteration, lambda _event, payload: feed.sent.append(payload))
    assert int(feed.sent[-1]["point"]["timestamp"][:4]) > 2262
    assert feed.sent[-1]["forecast"] is not None
    assert 1 == len(read_events(feed.path).of(Kind.SERIES_WRAPPED))


def test_a_forecast_is_open_only_while_it_is_made(tmp_path: Path) -> None:
    """Since when and in which thread, also while it fails; nothing before and after."""
    feed = Feed(tmp_path)
    seen: list[Any] = []

    def predict(_history: pd.DataFrame) -> None:
        seen.append(feed.processing.open_forecast)
        raise ValueError("no engine")

    feed.service.predict = predict  # type: ignore[method-assign, assignment]
    assert feed.processing.open_forecast is None
    feed.run(1)
    begun_ns, thread = seen[0]
    assert (begun_ns > 0, thread) == (True, threading.current_thread().name)
    assert feed.processing.open_forecast is None

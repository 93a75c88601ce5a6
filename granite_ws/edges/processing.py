"""The seed's ``background_processing``: take a point, forecast, emit, sleep; and its state."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd

from granite_ws import contract
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind
from granite_ws.forecast import Forecast
from granite_ws.series import (
    Anomaly,
    Series,
    judge_anomaly,
    microseconds,
    rolling_mean,
    stream,
)
from granite_ws.settings import Settings

ROLLING_WINDOW = 50
KEPT_FORECASTS = 20
KEPT_POINTS = 2_000


class Forecaster(Protocol):
    """Who makes the feed's forecasts: a ForecastService, or the desk in front of an executor."""

    def predict(self, history: pd.DataFrame) -> Forecast:
        """As ``ForecastService.predict``."""

    def info(self) -> dict[str, Any]:
        """As ``ForecastService.info``."""


class Processing:
    """The live feed: a series replayed point by point, forecast, and pushed to every client.

    The history starts filled, so that the first forecast already reads a whole context where
    the series is long enough; at least the last third of a series is left to be fed.
    """

    def __init__(
        self, settings: Settings, series: Series, service: Forecaster, recorder: Recorder
    ) -> None:
        self.settings = settings
        self.series = series
        self.service = service
        self.anomaly_count = 0
        self.total_predictions = 0
        self.running = False
        # Since when a forecast is under way (ns), and in which thread; None between two.
        self.open_forecast: tuple[int, str] | None = None
        self._record = recorder.record
        self._clock = recorder.clock
        self._lock = threading.Lock()
        self._stop: threading.Event | None = None
        self._forecasts: deque[dict[str, Any]] = deque(maxlen=KEPT_FORECASTS)
        self._anomalies: deque[pd.Timestamp] = deque(maxlen=KEPT_POINTS)
        self._history: deque[tuple[pd.Timestamp, float]] = deque(
            maxlen=max(KEPT_POINTS, settings.context_length)
        )
        self._feed: Iterator[tuple[pd.Timestamp, float, bool]] = iter(())
        self._fill()

    def _fill(self) -> None:
        start = min(self.settings.context_length, len(self.series) * 2 // 3)
        self._history.clear()
        self._history.extend(
            zip(self.series.timestamps[:start], self.series.values[:start].tolist(), strict=True)
        )
        self._feed = stream(self.series, start)
        self._forecasts.clear()
        self._anomalies.clear()
        self.anomaly_count = self.total_predictions = 0

    # ------------------------------------------------------------------------------- control

    def start(self, spawn: Callable[..., Any], emit: Callable[..., Any]) -> bool:
        """Starts the loop as a background task; False when it already runs."""
        with self._lock:
            if self.running:
                return False
            self.running = True
            self._stop = threading.Event()
        spawn(self.background_processing, emit, self._stop)
        return True

    def stop(self) -> bool:
        """Asks the loop to end; False when it does not run."""
        with self._lock:
            if not self.running or self._stop is None:
                return False
            self._stop.set()
            self.running = False
        return True

    def reset(self) -> None:
        """Back to the filled history and zero counts; a running loop goes on from there."""
        with self._lock:
            self._fill()
        self._record(Kind.DATA_RESET)

    # ---------------------------------------------------------------------------------- loop

    def background_processing(self, emit: Callable[..., Any], stop: threading.Event) -> None:
        """Iterates until ``stop`` is set. One bad iteration is told, and the next one runs."""
        self._record(Kind.PROCESSING_STARTED)
        iteration = 0
        while not stop.is_set():
            iteration += 1
            begun = self._clock.now_ns()
            try:
                self._iterate(iteration, emit)
            except Exception as error:
                self._record(Kind.PROCESSING_FAILED, **_described(error))
            rest = self.settings.point_interval_s - (self._clock.now_ns() - begun) / 1e9
            self._record(Kind.SLEEP_BEGUN, iteration=iteration, seconds=max(rest, 0.0))
            stop.wait(max(rest, 0.0))
            self._record(Kind.SLEEP_DONE, iteration=iteration)
        self._record(Kind.PROCESSING_STOPPED)

    def _iterate(self, iteration: int, emit: Callable[..., Any]) -> None:
        timestamp, value, anomaly = self._take_point(iteration)
        self._record(Kind.ITERATION_BEGUN, iteration=iteration, points=len(self._history))
        forecast = None
        every = self.settings.forecast_every
        if every and (iteration - 1) % every == 0:
            forecast = self._forecast(iteration)
        self._emit(iteration, self._payload(iteration, timestamp, value, anomaly, forecast), emit)

    def _take_point(self, iteration: int) -> tuple[pd.Timestamp, float, Anomaly | None]:
        with self._lock:
            before = np.fromiter((v for _, v in self._history), float, len(self._history))
            timestamp, value, wrapped = next(self._feed)
            self._history.append((timestamp, value))
            anomaly = judge_anomaly(before, value, window=ROLLING_WINDOW)
            if anomaly is not None:
                self.anomaly_count += 1
                self._anomalies.append(timestamp)
        if wrapped and timestamp == self._wrap_timestamp():
            self._record(Kind.SERIES_WRAPPED, iteration=iteration)
        return timestamp, value, anomaly

    def _wrap_timestamp(self) -> pd.Timestamp:
        return self.series.timestamps[-1] + self.series.step

    def _forecast(self, iteration: int) -> Forecast | None:
        self._record(Kind.FORECAST_BEGUN, iteration=iteration)
        begun = self._clock.now_ns()
        self.open_forecast = (begun, threading.current_thread().name)
        history = self.frame()
        try:
            forecast = self.service.predict(history)
        except Exception as error:
            # The service has told what failed; the feed goes on and sends ``forecast: null``.
            self._record(Kind.FORECAST_FAILED, iteration=iteration, error=str(error))
            return None
        finally:
            self.open_forecast = None
        self._record(
            Kind.FORECAST_DONE,
            iteration=iteration,
            seconds=(self._clock.now_ns() - begun) / 1e9,
            engine=forecast.engine,
            model=forecast.model,
            fallback_reason=forecast.fallback_reason,
            origin=str(history["timestamp"].iloc[-1].isoformat()),
            values=[round(value, 6) for value in forecast.values.tolist()],
        )
        return forecast

    def _payload(
        self,
        iteration: int,
        timestamp: pd.Timestamp,
        value: float,
        anomaly: Anomaly | None,
        forecast: Forecast | None,
    ) -> dict[str, Any]:
        encoded = None
        with self._lock:
            if forecast is not None:
                encoded = contract.forecast_payload(forecast, made_at=self._clock.utc())
                self._forecasts.append(encoded)
                self.total_predictions += 1
            values = np.fromiter((v for _, v in self._history), float, len(self._history))
        return {
            "point": contract.point(timestamp, value),
            "forecast": encoded,
            "anomaly": contract.anomaly_payload(anomaly),
            "rolling_mean": contract.point(timestamp, rolling_mean(values, ROLLING_WINDOW)),
            "stats": self.counts(),
            "iteration": iteration,
        }

    def _emit(self, iteration: int, payload: dict[str, Any], emit: Callable[..., Any]) -> None:
        try:
            size = len(contract.encode(payload).encode())
            self._record(
                Kind.EMIT_BEGUN,
                iteration=iteration,
                bytes=size,
                event=contract.NEW_DATA,
                point=payload["point"],
            )
            emit(contract.NEW_DATA, payload)
        except Exception as error:
            # The seed's pattern: an emit that fails is told and does not end the loop.
            self._record(Kind.EMIT_FAILED, iteration=iteration, **_described(error))
            return
        self._record(Kind.EMIT_DONE, iteration=iteration)

    # ------------------------------------------------------------------------------- reading

    def counts(self) -> dict[str, int]:
        """The ``stats`` of the wire contract."""
        return {
            "total_points": len(self._history),
            "anomaly_count": self.anomaly_count,
            "total_predictions": self.total_predictions,
        }

    def frame(self) -> pd.DataFrame:
        """The history as it is forecast: columns ``timestamp`` and ``value``, oldest first."""
        with self._lock:
            stamps, values = zip(*self._history, strict=True)
        return pd.DataFrame({"timestamp": microseconds(stamps), "value": values})

    def history(self) -> dict[str, Any]:
        """The body of ``GET /api/history``: points, newest forecasts and the rolling mean."""
        with self._lock:
            points = list(self._history)
            forecasts, anomalies = list(self._forecasts), set(self._anomalies)
        values = pd.Series([value for _, value in points], dtype=float)
        means = values.rolling(ROLLING_WINDOW, min_periods=1).mean().tolist()
        stamps = [timestamp for timestamp, _ in points]
        return {
            "data": [
                {**contract.point(stamp, value), "is_anomaly": stamp in anomalies}
                for stamp, value in points
            ],
            "forecasts": forecasts,
            "rolling_mean": [
                contract.point(stamp, mean) for stamp, mean in zip(stamps, means, strict=True)
            ],
        }


def _described(error: Exception) -> dict[str, str]:
    return {
        "error": str(error),
        "exception": type(error).__name__,
        "trace": traceback.format_exc(),
    }

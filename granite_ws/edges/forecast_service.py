"""ForecastService: TTM-R2 first, exponential smoothing as the fallback, and every step told."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from granite_ws.contract import encode, forecast_payload
from granite_ws.edges import smoothing
from granite_ws.edges.granite import GraniteModel, import_libraries, needs_torch
from granite_ws.edges.host import sha256
from granite_ws.edges.model_source import FILES, Weights, find_weights
from granite_ws.edges.recorder import Recorder
from granite_ws.errors import ModelError
from granite_ws.events import Kind
from granite_ws.forecast import Engine, Forecast, Skipped, extract_predictions, future_timestamps
from granite_ws.settings import Settings

_DIGITS = 12


class ForecastService:
    """Forecasts a series' future and names who made each forecast.

    ``load`` may run in a thread of its own; until it has ended, forecasts come from exponential
    smoothing and say so.
    """

    def __init__(self, settings: Settings, recorder: Recorder, *, period: int = 1) -> None:
        self.settings = settings
        self.period = settings.period or period
        self.skipped: list[Skipped] = []
        self.loaded = threading.Event()
        self.last_engine: Engine | None = None
        self._record = recorder.record
        self._wants = recorder.wants
        self._now_ns = recorder.clock.now_ns
        self._utc = recorder.clock.utc
        self._granite: GraniteModel | None = None
        self._revision = ""  # of the weights that were loaded: the first digits of their digest

    # ------------------------------------------------------------------------------ loading

    def load(self) -> None:
        """Finds and loads the first usable model; records which, and why others were skipped.

        Raises ModelError only for what the user named himself (``model_path``, ``device``, a
        pair without a model), and when ``engine="granite"`` finds no model at all.
        """
        begun = self._now_ns()
        try:
            if self.settings.engine == "smoothing":
                self._skip(Skipped(Engine.GRANITE_LOCAL, "engine = smoothing was asked for"))
            else:
                imports = threading.Thread(target=import_libraries, daemon=True)
                if needs_torch(self.settings):
                    # The import takes as long as the hub is given: side by side they cost once.
                    imports.start()
                self._granite = self._first_model(imports)
            if self._granite is None and self.settings.engine == "granite":
                raise ModelError(
                    "engine", "granite", allowed="no TTM model was found", where="model"
                )
            if self._granite is None:
                smoothing.import_library()
            else:
                self._revision = sha256(self._granite.weights.folder / FILES[1])[:_DIGITS]
        finally:
            self.loaded.set()
        self._record(
            Kind.MODEL_READY,
            engine=self.engine,
            model=self.model_name,
            device=self._granite.device if self._granite else "cpu",
            runtime=self._granite.runtime if self._granite else "scipy",
            why_not_faster=self._granite.why_not_faster if self._granite else "",
            seconds=self._since(begun),
        )

    def _first_model(self, imports: threading.Thread) -> GraniteModel | None:
        for found in find_weights(self.settings):
            if isinstance(found, Skipped):
                self._skip(found)
                continue
            self._record(Kind.MODEL_LOADING, engine=found.engine)
            if imports.ident is not None:
                # These packages import each other: two threads at once may see half of one.
                imports.join()
            try:
                return GraniteModel(found, self.settings)
            except ModelError as error:
                if found.engine is Engine.GRANITE_LOCAL or error.key == "device":
                    raise
                self._skip(Skipped(found.engine, str(error)))
        return None

    def _skip(self, skipped: Skipped) -> None:
        self.skipped.append(skipped)
        self._record(Kind.ENGINE_SKIPPED, engine=skipped.engine, reason=skipped.reason)

    @property
    def weights(self) -> Weights | None:
        """What was loaded, None without a TTM model."""
        return self._granite.weights if self._granite else None

    @property
    def engine(self) -> Engine:
        """Who would make the next forecast."""
        return self.weights.engine if self.weights else Engine.SMOOTHING

    @property
    def model_name(self) -> str:
        """The model's name for people; demo weights say that they are demo weights."""
        return self.weights.name if self.weights else smoothing.NAME

    def info(self) -> dict[str, Any]:
        """For ``/api/status``: what is loaded, and what the last forecast was really made by."""
        loaded = self.loaded.is_set()
        return {
            "state": "ready" if loaded else "loading",
            "engine": self.engine.value if loaded else "loading",
            "model": self.model_name if loaded else "still loading",
            "model_type": self.engine.model_type if loaded else "loading",
            "revision": self._revision,
            "runtime": self._granite.runtime if self._granite else "",
            "skipped": [
                {"engine": entry.engine.value, "reason": entry.reason} for entry in self.skipped
            ],
            "last_forecast_engine": self.last_engine.value if self.last_engine else None,
        }

    # --------------------------------------------------------------------------- forecasting

    def predict(self, history: pd.DataFrame, steps: int | None = None) -> Forecast:
        """The forecast of the next ``steps`` points (default: the setting's horizon).

        history: columns ``timestamp`` and ``value``, oldest first; the last ``context_length``
        rows are used. Raises ValueError when neither engine gives finite numbers.
        """
        steps = self.settings.forecast_horizon if steps is None else steps
        frame = history.tail(self.settings.context_length)
        self._record(Kind.PREDICT_BEGUN, points=len(frame), steps=steps)
        forecast, reason = None, self._why_no_granite()
        if reason is None:
            forecast, reason = self._attempt(self._granite_forecast, frame, steps)
        if forecast is None:
            if self.settings.engine == "granite":
                raise ValueError(f"granite gave no forecast: {reason}")
            forecast = self._fallback_forecast(frame, steps, str(reason))
        self.last_engine = forecast.engine
        payload = forecast_payload(forecast, made_at=self._utc())
        self._record(
            Kind.RESULT_MEASURED, bytes=len(encode(payload).encode()), engine=forecast.engine
        )
        return forecast

    def _why_no_granite(self) -> str | None:
        if not self.loaded.is_set():
            return "the model is still loading"
        if self._granite is None:
            return "; ".join(f"{entry.engine}: {entry.reason}" for entry in self.skipped)
        return None

    def _attempt(
        self, make: Callable[[pd.DataFrame, int], Forecast], frame: pd.DataFrame, steps: int
    ) -> tuple[Forecast | None, str | None]:
        begun = self._now_ns()
        try:
            return make(frame, steps), None
        except Exception as error:
            # Whatever a model raises (out of memory, a bad shape) must not end the feed.
            self._tell_failure(Kind.ENGINE_FAILED, error, begun)
            return None, f"{type(error).__name__}: {error}"

    def _granite_forecast(self, frame: pd.DataFrame, steps: int) -> Forecast:
        """One forecast by the loaded TTM model, each stage recorded."""
        if self._granite is None:
            raise AssertionError("predict() asks for a Granite forecast only with a model")
        begun = self._now_ns()
        self._tell_input(frame)
        self._record(Kind.PREDICTION_BEGUN, steps=steps)
        asked = self._now_ns()
        response = self._granite.respond(frame, steps)
        self._record(Kind.PREDICTION_DONE, seconds=self._since(asked))
        self._tell_response(response)
        values, column = extract_predictions(response, steps)
        self._tell_predictions(values, column)
        seconds = self._since(begun)
        self._record(Kind.ENGINE_DONE, seconds=seconds)
        return self._forecast(
            frame, values, seconds, engine=self.engine, model=self.model_name, reason=None
        )

    def _fallback_forecast(self, frame: pd.DataFrame, steps: int, reason: str) -> Forecast:
        begun = self._now_ns()
        self._record(Kind.FALLBACK_BEGUN, reason=reason)
        try:
            values = smoothing.smooth(frame["value"].to_numpy(float), steps, period=self.period)
        except Exception as error:
            self._tell_failure(Kind.FALLBACK_FAILED, error, begun)
            raise ValueError(f"no engine gave a forecast; smoothing: {error}") from error
        seconds = self._since(begun)
        self._record(Kind.FALLBACK_DONE, seconds=seconds)
        return self._forecast(
            frame, values, seconds, engine=Engine.SMOOTHING, model=smoothing.NAME, reason=reason
        )

    def _forecast(
        self,
        frame: pd.DataFrame,
        values: np.ndarray,
        seconds: float,
        *,
        engine: Engine,
        model: str,
        reason: str | None,
    ) -> Forecast:
        stamps = pd.DatetimeIndex(frame["timestamp"])
        step = pd.Series(stamps).diff().median()
        return Forecast(
            timestamps=future_timestamps(stamps[-1], step, len(values)),
            values=values,
            engine=engine,
            model=model,
            context_size=len(frame),
            seconds=seconds,
            fallback_reason=reason,
        )

    # ------------------------------------------------------------------------------- telling

    def _tell_input(self, frame: pd.DataFrame) -> None:
        self._record(Kind.DATA_PREPARED, points=len(frame), shape=str(frame.shape))
        wanted = self.settings.context_length
        if len(frame) < wanted:
            self._record(Kind.HISTORY_PADDED, points=len(frame), context_length=wanted)
        if self._wants(logging.DEBUG):
            self._record(Kind.DATA_DETAILS, head=str(frame.head()), tail=str(frame.tail()))

    def _tell_response(self, response: pd.DataFrame) -> None:
        self._record(
            Kind.RESPONSE_RECEIVED,
            shape=str(response.shape),
            columns=str(list(response.columns)),
        )
        if self._wants(logging.DEBUG):
            self._record(
                Kind.RESPONSE_DETAILS,
                dtypes=str(response.dtypes),
                describe=str(response.describe()),
                head=str(response.head()),
                tail=str(response.tail()),
            )

    def _tell_predictions(self, values: np.ndarray, column: str) -> None:
        self._record(Kind.PREDICTIONS_EXTRACTED, count=len(values), column=column)
        self._record(
            Kind.PREDICTION_STATISTICS,
            min=float(values.min()),
            max=float(values.max()),
            mean=float(values.mean()),
            std=float(values.std()),
        )
        self._record(
            Kind.PREDICTION_SAMPLE, first=str([round(v, 4) for v in values[:10].tolist()])
        )

    def _tell_failure(self, kind: Kind, error: Exception, begun: int) -> None:
        self._record(
            kind,
            seconds=self._since(begun),
            error=str(error),
            exception=type(error).__name__,
            trace=traceback.format_exc(),
        )

    def _since(self, begun_ns: int) -> float:
        return (self._now_ns() - begun_ns) / 1e9

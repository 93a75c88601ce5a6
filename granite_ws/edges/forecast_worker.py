"""Makes forecasts, one after the other, in whatever process or thread it is called."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd

from granite_ws.edges.burden import burden_of
from granite_ws.edges.forecast_service import ForecastService
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind
from granite_ws.forecast import Forecast
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome
from granite_ws.settings import Settings


class ForecastWorker:
    """A ForecastService and the burden that a load puts on it.

    service: loaded by ``load``, in this process.
    """

    def __init__(self, settings: Settings, recorder: Recorder, *, period: int = 1) -> None:
        self.service = ForecastService(settings, recorder, period=period)
        self._executor = settings.executor
        self._bear = burden_of(settings)
        self._record = recorder.record

    def load(self) -> None:
        """Loads the model. Raises ModelError."""
        self.service.load()

    def info(self) -> dict[str, Any]:
        """What is loaded."""
        return self.service.info()

    def make(self, history: pd.DataFrame, steps: int, *, number: int = 0) -> Forecast:
        """One forecast. number: the request's, 0 for one of the feed's.

        Raises ValueError when no engine gives finite numbers.
        """
        self._bear(number)
        return self.service.predict(history, steps)

    def work(self, job_id: str, request: ForecastRequest) -> Outcome:
        """One job's forecast, its beginning recorded; whatever goes wrong is its outcome."""
        self._record(Kind.JOB_BEGUN, job_id=job_id, executor=self._executor, pid=os.getpid())
        try:
            return Outcome(self.make(request.frame(), request.steps, number=request.number))
        except Exception as error:
            # A job must end, whatever a model raises.
            return Outcome(error=f"{type(error).__name__}: {error}", code=Code.FAILED)

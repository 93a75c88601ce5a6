"""In the handler that asks: nothing is handed over, and nothing can be taken back."""

from __future__ import annotations

import threading
from typing import Any

import pandas as pd

from granite_ws.edges.executors.executor import Done
from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.forecast import Forecast
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Refused
from granite_ws.settings import Settings


class InlineExecutor:
    """Makes a forecast in the thread that asks for it.

    No job waits; more than ``workers`` and ``queue_limit`` at once are refused all the same.
    """

    name = "inline"
    answers = False

    def __init__(self, settings: Settings, worker: ForecastWorker) -> None:
        self._worker = worker
        self._most = settings.workers + settings.queue_limit
        self._running = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Loads the model here. Raises ModelError."""
        self._worker.load()

    def info(self) -> dict[str, Any]:
        """What is loaded."""
        return self._worker.info()

    def submit(self, job_id: str, request: ForecastRequest, done: Done) -> None:
        """Makes it now; ``done`` has been called when this returns. Raises Refused."""
        with self._lock:
            if self._running >= self._most:
                raise Refused(Code.QUEUE_FULL, f"{self._running} forecasts are being made")
            self._running += 1
        try:
            outcome = self._worker.work(job_id, request)
        finally:
            with self._lock:
                self._running -= 1
        done(outcome)

    def run(self, history: pd.DataFrame, steps: int) -> Forecast:
        """In the feed's own thread. Raises ValueError."""
        return self._worker.make(history, steps)

    def cancel(self, job_id: str) -> bool:
        """Nobody can: the handler is busy with it."""
        return False

    def open_jobs(self) -> int:
        """Jobs that run."""
        return self._running

    def stop(self) -> None:
        """There is nothing to end."""

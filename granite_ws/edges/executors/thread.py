"""In threads of the server's own process, as the seed application does it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pandas as pd

from granite_ws.edges.executors.executor import Done
from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.fair_line import FairLine
from granite_ws.forecast import Forecast
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome, Refused
from granite_ws.settings import Settings

_CANCELLED = Outcome(error="cancelled", code=Code.CANCELLED)


@dataclass
class _Open:
    """A job that has not ended for whoever asked; its thread may outlive that."""

    request: ForecastRequest
    done: Done


class ThreadExecutor:
    """``workers`` threads, and up to ``queue_limit`` jobs that wait for one, asker by asker.

    Python cannot end a thread: a running job that is cancelled has ended for whoever asked, and
    its thread goes on to the end of the forecast, whose result nobody gets.
    """

    name = "thread"
    answers = False

    def __init__(self, settings: Settings, worker: ForecastWorker) -> None:
        self._worker = worker
        self._pool = ThreadPoolExecutor(settings.workers, "forecast")
        self._open: dict[str, _Open] = {}
        self._waiting: FairLine[str] = FairLine(settings.queue_limit)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Loads the model in this process. Raises ModelError."""
        self._worker.load()

    def info(self) -> dict[str, Any]:
        """What is loaded."""
        return self._worker.info()

    def submit(self, job_id: str, request: ForecastRequest, done: Done) -> None:
        """It is made when its asker's turn has come. Raises Refused when too many wait."""
        with self._lock:
            self._waiting.put(request.asker, job_id)
            self._open[job_id] = _Open(request, done)
        try:
            # Not this job: each thread that gets free takes whose turn it is then.
            self._pool.submit(self._work_next)
        except RuntimeError as error:
            self._take(job_id)
            raise Refused(Code.SHUTTING_DOWN, "the server is about to end") from error

    def run(self, history: pd.DataFrame, steps: int) -> Forecast:
        """In the feed's own thread, which is one beside the handlers. Raises ValueError."""
        return self._worker.make(history, steps)

    def cancel(self, job_id: str) -> bool:
        """Ends it for whoever asked; see the class for its thread."""
        entry = self._take(job_id)
        if entry is None:
            return False
        entry.done(_CANCELLED)
        return True

    def open_jobs(self) -> int:
        """Jobs that wait or run."""
        return len(self._open)

    def stop(self) -> None:
        """What waits is cancelled; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for job_id in list(self._open):
            self.cancel(job_id)

    def _work_next(self) -> None:
        with self._lock:
            job_id = self._waiting.take()
            if job_id is None:
                return  # what would have been its job was cancelled
            request = self._open[job_id].request
        outcome = self._worker.work(job_id, request)
        entry = self._take(job_id)
        if entry is not None:
            entry.done(outcome)

    def _take(self, job_id: str) -> _Open | None:
        with self._lock:
            self._waiting.drop(job_id)
            return self._open.pop(job_id, None)

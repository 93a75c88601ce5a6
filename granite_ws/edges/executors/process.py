"""In worker processes of the server's own, each with a warm model.

The pool is pebble's: unlike the standard library's, it can end a task that runs, and goes on after
a worker has died.
"""

from __future__ import annotations

import multiprocessing
import secrets
import signal
import threading
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from pebble import ProcessExpired, ProcessPool

from granite_ws.edges import process_worker
from granite_ws.edges.executors.executor import Done, wait_for_outcome
from granite_ws.edges.recorder import Recorder
from granite_ws.errors import SessionFailed
from granite_ws.events import Kind
from granite_ws.fair_line import FairLine
from granite_ws.forecast import Forecast
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome, Refused
from granite_ws.settings import Settings

_CANCELLED = Outcome(error="cancelled", code=Code.CANCELLED)
_LOADING = {"engine": "loading", "model": "still loading", "model_type": "loading"}
_WARM_S = 120.0
_END_S = 5.0
# A worker that has grown too large leaves before a job; its successors may be too large at once.
_HANDOVERS = 3


@dataclass
class _Open:
    """A job that has not ended."""

    request: ForecastRequest
    done: Done
    future: Future[Any] | None = None
    handovers: int = 0


class ProcessExecutor:
    """``workers`` processes, and up to ``queue_limit`` jobs that wait for one, asker by asker.

    A worker that dies ends its own job and is replaced; a job that is cancelled while it runs
    takes its worker with it, which is replaced, too.
    """

    name = "process"
    answers = False

    def __init__(self, settings: Settings, recorder: Recorder, *, period: int) -> None:
        self._waiting: FairLine[str] = FairLine(settings.queue_limit)
        self._free_workers = settings.workers
        self._stopping = False
        self._record = recorder.record
        self._open: dict[str, _Open] = {}
        self._lock = threading.Lock()
        self._info: dict[str, Any] = {**_LOADING, "state": "loading", "skipped": []}
        events = str(recorder.path) if recorder.path else ""
        self._pool = ProcessPool(
            max_workers=settings.workers,
            # The first of all also answers ``tell``.
            max_tasks=settings.worker_forecasts + 1 if settings.worker_forecasts else 0,
            initializer=process_worker.warm_up,
            initargs=(settings.to_dict(), events, period),
            context=multiprocessing.get_context("spawn"),
        )

    def start(self) -> None:
        """Waits for the first worker to be warm. Raises ModelError, SessionFailed."""
        told = self._pool.schedule(process_worker.tell)
        try:
            self._info = told.result(_WARM_S)
        except (ProcessExpired, TimeoutError) as error:
            raise SessionFailed(f"no forecast worker came up: {error}") from error

    def info(self) -> dict[str, Any]:
        """What the first worker has loaded."""
        return self._info

    def submit(self, job_id: str, request: ForecastRequest, done: Done) -> None:
        """It is made when its asker's turn has come. Raises Refused when too many wait."""
        with self._lock:
            if self._stopping:
                raise Refused(Code.SHUTTING_DOWN, "the server is about to end")
            self._waiting.put(request.asker, job_id)
            self._open[job_id] = _Open(request, done)
        self._go_on()

    def run(self, history: pd.DataFrame, steps: int) -> Forecast:
        """The feed's: waits for a worker as every other job. Raises ValueError, Refused."""
        request = ForecastRequest.of_frame(history, steps)
        return wait_for_outcome(partial(self.submit, f"feed-{secrets.token_hex(8)}", request))

    def cancel(self, job_id: str) -> bool:
        """Drops it, or ends the worker that makes it."""
        with self._lock:
            entry = self._open.get(job_id)
            if self._waiting.drop(job_id):
                del self._open[job_id]
        if entry is None:
            return False
        if job_id in self._open:
            return entry.future is not None and entry.future.cancel()
        entry.done(_CANCELLED)
        return True

    def open_jobs(self) -> int:
        """Jobs that wait or run."""
        return len(self._open)

    def stop(self) -> None:
        """Ends all workers; open jobs are cancelled."""
        with self._lock:
            self._stopping = True
        for job_id in list(self._open):
            self.cancel(job_id)
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join(_END_S)

    # ------------------------------------------------------------------------ how a job ends

    def _go_on(self) -> None:
        """Hands the free workers the jobs whose turn it is, and no more: what pebble has is served
        in the order in which it got it.
        """
        turns = []
        with self._lock:
            while self._free_workers and (job_id := self._waiting.take()) is not None:
                self._free_workers -= 1
                turns.append((job_id, self._open[job_id]))
        for job_id, entry in turns:
            try:
                self._schedule(job_id, entry)
            except RuntimeError:  # the pool was stopped meanwhile
                with self._lock:
                    self._open.pop(job_id, None)
                entry.done(_CANCELLED)

    def _schedule(self, job_id: str, entry: _Open) -> None:
        arguments = [job_id, entry.request.to_dict()]
        entry.future = self._pool.schedule(process_worker.work, args=arguments)
        entry.future.add_done_callback(partial(self._ended, job_id))

    def _ended(self, job_id: str, future: Future[Any]) -> None:
        with self._lock:
            entry = self._open[job_id]
        outcome = self._outcome_of(future)
        if outcome is None and entry.handovers < _HANDOVERS:
            entry.handovers += 1
            self._schedule(job_id, entry)
            return
        with self._lock:
            self._open.pop(job_id, None)
            self._free_workers += 1
        too_large = Outcome(error="every worker grew too large", code=Code.WORKER_DIED)
        entry.done(outcome or too_large)
        if not self._stopping:
            self._go_on()

    def _outcome_of(self, future: Future[Any]) -> Outcome | None:
        """None: the worker left before it began."""
        try:
            return Outcome.from_dict(future.result())
        except CancelledError:
            return _CANCELLED
        except ProcessExpired as error:
            too_large = error.exitcode == process_worker.TOO_LARGE
            reason = "it had grown too large" if too_large else _death(error.exitcode)
            self._record(
                Kind.WORKER_ENDED,
                executor=self.name,
                pid=error.pid or 0,
                exit_code=error.exitcode,
                reason=reason,
            )
            if too_large:
                return None
            return Outcome(error=f"its worker died: {reason}", code=Code.WORKER_DIED)
        except Exception as error:
            return Outcome(error=f"{type(error).__name__}: {error}")


def _death(exit_code: int) -> str:
    """-11 as ``SIGSEGV``, anything else as its exit code."""
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"exit code {exit_code}"

"""What runs in a worker process of ``executor = process``: one warm model, one job at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.edges.forking import die_with_parent
from granite_ws.edges.logs import set_up_logging
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind, Witness
from granite_ws.forecast_request import ForecastRequest
from granite_ws.settings import Settings

# sysexits.h's EX_TEMPFAIL: this worker has grown too large; its successor shall make it.
TOO_LARGE = 75
_MEGABYTE = 1_000_000


@dataclass
class _Warm:
    """What this process holds; the library that calls us hands no state from call to call."""

    settings: Settings | None = None
    worker: ForecastWorker | None = None
    error: Exception | None = None


_WARM = _Warm()


def warm_up(given: dict[str, Any], events: str, period: int) -> None:
    """The first thing that a worker process does, a successor's too: loads the model.

    What goes wrong is kept for ``tell``: a process that ended here would be started for ever.
    """
    die_with_parent("granite-ws-forecast")
    settings = Settings(**given)
    _WARM.settings = settings
    logger = set_up_logging(settings)
    recorder = Recorder(Witness.WORKER, Path(events) if events else None, logger=logger)
    try:
        worker = ForecastWorker(settings, recorder, period=period)
        worker.load()
        _WARM.worker = worker
        recorder.record(Kind.WORKER_STARTED, executor=settings.executor, pid=os.getpid())
    except Exception as error:
        _WARM.error = error


def tell() -> dict[str, Any]:
    """What is loaded here, as ``ForecastService.info``. Raises what loading raised."""
    return _worker().info()


def work(job_id: str, request: dict[str, Any]) -> dict[str, Any]:
    """One job's outcome as plain values. Ends the process before it where that is too large."""
    worker = _worker()
    limit = _WARM.settings.worker_memory_mb if _WARM.settings else 0
    if limit and psutil.Process().memory_info().rss > limit * _MEGABYTE:
        os._exit(TOO_LARGE)
    return worker.work(job_id, ForecastRequest.from_dict(request)).to_dict()


def _worker() -> ForecastWorker:
    if _WARM.worker is None:
        raise _WARM.error or RuntimeError("this worker has not been warmed up")
    return _WARM.worker

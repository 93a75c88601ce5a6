"""A worker of the job queue: loads the model once, and forks a process of its own for each job.

A forecast that crashes, leaks or must be ended costs that one process; the warm model stays.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError
from rq import Worker
from rq.job import Job as QueuedJob
from rq.serializers import JSONSerializer

from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.edges.job_queue import INFO, JobEnds, open_queue
from granite_ws.edges.logs import set_up_logging
from granite_ws.edges.recorder import Recorder
from granite_ws.errors import SettingsError
from granite_ws.events import Kind, Witness
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome
from granite_ws.settings import Settings

# How often (seconds) a worker says that it and its job live, and looks for those that do not.
_HEARTBEAT_S, _LOOK_S = 5, 10


@dataclass
class _Warm:
    """What this process holds, and every process that is forked from it."""

    worker: ForecastWorker | None = None
    ends: JobEnds | None = None
    recorder: Recorder | None = None


_WARM = _Warm()


def run_worker(settings: Settings, *, events: Path | None = None, period: int = 1) -> None:
    """Takes jobs until SIGTERM, which lets the job that runs come to its end.

    Raises SettingsError where there is no Redis, ModelError as ``ForecastService.load``.
    """
    ends = JobEnds(settings.redis_url)
    check_redis(settings.redis_url, where="worker")
    logger = set_up_logging(settings)
    recorder = Recorder(Witness.WORKER, events, logger=logger)
    worker = ForecastWorker(settings, recorder, period=period)
    worker.load()
    _WARM.worker, _WARM.ends, _WARM.recorder = worker, ends, recorder
    ends.redis.set(INFO, json.dumps(worker.info()))
    recorder.record(Kind.WORKER_STARTED, executor=settings.executor, pid=os.getpid())
    queue = open_queue(settings.redis_url)
    ForkingWorker(
        [queue],
        connection=queue.connection,
        serializer=JSONSerializer,
        job_monitoring_interval=_HEARTBEAT_S,
        maintenance_interval=_LOOK_S,
    ).work(logging_level="WARNING")


def check_redis(url: str, *, where: str) -> None:
    """Raises SettingsError when no Redis answers at this URL."""
    try:
        if not url:
            raise RedisError("there is none")
        JobEnds(url).redis.ping()
    except (RedisError, ValueError) as error:
        raise SettingsError(
            "redis_url", url, allowed=f"a Redis that answers ({error})", where=where
        ) from error


def forecast(job_id: str, asked: dict[str, Any]) -> None:
    """One job, in the process that was forked for it."""
    if _WARM.worker is None or _WARM.ends is None:
        raise AssertionError("a job runs in a process that a warm worker forked")
    request = ForecastRequest.from_dict(asked)
    _WARM.ends.write(job_id, request, _WARM.worker.work(job_id, request))


class ForkingWorker(Worker):
    """RQ's worker, which writes down the ends that the job itself could not."""

    def handle_work_horse_killed(
        self, job: QueuedJob, retpid: Any, ret_val: Any, rusage: Any
    ) -> None:
        """The job's process died; RQ has it made once more where that was the first time."""
        reason = _death(int(ret_val or 0))
        if _WARM.recorder is not None:
            _WARM.recorder.record(
                Kind.WORKER_ENDED,
                executor="queue",
                pid=int(retpid or 0),
                exit_code=int(ret_val or 0),
                reason=reason,
            )
        if not job.should_retry:
            _write(job, Outcome(error=f"its worker died: {reason}", code=Code.WORKER_DIED))

    def _handle_stopped_job(self, job: QueuedJob, *others: Any) -> None:
        super()._handle_stopped_job(job, *others)
        _write(job, Outcome(error="cancelled", code=Code.CANCELLED))


def _write(job: QueuedJob, outcome: Outcome) -> None:
    job_id, asked = job.args
    if _WARM.ends is not None:
        _WARM.ends.write(job_id, ForecastRequest.from_dict(asked), outcome)


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"

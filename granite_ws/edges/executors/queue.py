"""In workers of the job queue on Redis (RQ): processes of their own, on this machine or others."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from redis.exceptions import RedisError
from rq import Retry
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job as QueuedJob
from rq.serializers import JSONSerializer

from granite_ws.edges.executors.executor import Done, wait_for_outcome
from granite_ws.edges.job_queue import CANCELLED, ENDED, INFO, TASK, JobEnds, open_queue
from granite_ws.edges.queue_worker import check_redis
from granite_ws.edges.recorder import Recorder
from granite_ws.forecast import Forecast
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Refused
from granite_ws.settings import Settings

_LOADING = {"engine": "loading", "model": "no worker is ready", "model_type": "loading"}
# The worker's own limit comes after the desk's, which can tell what it means (seconds).
_LATER_S = 5
_RESULT_S = 60
# Messages may be lost while Redis restarts: every so often (seconds) open jobs are looked up.
_LOOK_S = 1.0
_INFO_S = 2.0


@dataclass
class _Info:
    told: dict[str, Any]
    at_ns: int


class QueueExecutor:
    """Puts jobs into the queue, and hears of their ends.

    ``workers`` and the model are the workers' business: ``granite-ws worker``, as many as are
    wanted. A job survives the server that asked; a worker that dies has its job made once more.
    """

    name = "queue"
    answers = True

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self._settings = settings
        self._clock = recorder.clock
        self._ends = JobEnds(settings.redis_url)
        self._queue = open_queue(settings.redis_url)
        self._open: dict[str, Done] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._info: _Info | None = None

    def start(self) -> None:
        """Begins to listen for ends. Raises SettingsError when no Redis answers."""
        check_redis(self._settings.redis_url, where="serve")
        threading.Thread(target=self._listen, name="job-ends", daemon=True).start()

    def info(self) -> dict[str, Any]:
        """What the workers said last that they have loaded."""
        now = self._clock.now_ns()
        if self._info is None or now - self._info.at_ns > _INFO_S * 1e9:
            self._info = _Info(self._ask_info(), now)
        return self._info.told

    def submit(self, job_id: str, request: ForecastRequest, done: Done) -> None:
        """Raises Refused (queue_full, no_queue)."""
        try:
            waiting = self._queue.count
            if waiting >= self._settings.queue_limit:
                raise Refused(Code.QUEUE_FULL, f"{waiting} forecasts wait already")
            with self._lock:
                self._open[job_id] = done
            self._queue.enqueue_call(
                TASK,
                args=[job_id, request.to_dict()],
                job_id=job_id,
                timeout=int(self._settings.forecast_timeout_s) + _LATER_S,
                result_ttl=_RESULT_S,
                failure_ttl=_RESULT_S,
                retry=Retry(max=1),
                description=job_id,
            )
        except RedisError as error:
            self._take(job_id)
            raise Refused(Code.NO_QUEUE, f"Redis does not answer: {error}") from error

    def run(self, history: pd.DataFrame, steps: int) -> Forecast:
        """The feed's. Raises ValueError, Refused."""
        frame = history.tail(self._settings.context_length)
        request = ForecastRequest.of_frame(frame, steps)
        return wait_for_outcome(partial(self.submit, f"feed-{secrets.token_hex(8)}", request))

    def cancel(self, job_id: str) -> bool:
        """Takes it out of the queue, or has its process ended by its worker."""
        connection = self._queue.connection
        try:
            job = QueuedJob.fetch(job_id, connection=connection, serializer=JSONSerializer)
            if job.is_started:
                send_stop_job_command(connection, job_id, serializer=JSONSerializer)
                return True
            job.cancel()
            done = self._take(job_id)
            if done is None:
                self._ends.cancel(job_id)  # another server asked
        except (NoSuchJobError, InvalidJobOperation, RedisError, Refused):
            return False
        if done is not None:
            done(CANCELLED)
        return True

    def open_jobs(self) -> int:
        """Jobs that this server has put there and that have not ended."""
        return len(self._open)

    def stop(self) -> None:
        """Stops listening; jobs stay in the queue, and their ends in Redis."""
        self._over.set()

    # -------------------------------------------------------------------------- hearing of ends

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._hear()
            except RedisError:
                self._over.wait(_LOOK_S)

    def _hear(self) -> None:
        """Until Redis goes away, or it is over."""
        channel: Any = self._ends.redis
        with channel.pubsub(ignore_subscribe_messages=True) as ends:
            ends.subscribe(ENDED)
            looked_ns = 0
            while not self._over.is_set():
                message = ends.get_message(timeout=_LOOK_S)
                if message is not None:
                    self._end(message["data"])
                if self._clock.now_ns() - looked_ns > _LOOK_S * 1e9:
                    looked_ns = self._clock.now_ns()
                    for job_id in list(self._open):
                        self._end(job_id)

    def _end(self, job_id: str) -> None:
        if job_id not in self._open:
            return
        try:
            outcome = self._ends.read(job_id)
        except Refused:
            return
        done = self._take(job_id) if outcome is not None else None
        if done is not None and outcome is not None:
            done(outcome)

    def _take(self, job_id: str) -> Done | None:
        with self._lock:
            return self._open.pop(job_id, None)

    def _ask_info(self) -> dict[str, Any]:
        try:
            found: Any = self._ends.redis.get(INFO)
        except RedisError:
            found = None
        return json.loads(found) if found else {**_LOADING, "state": "loading", "skipped": []}

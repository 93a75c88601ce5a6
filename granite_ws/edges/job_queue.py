"""The job queue on Redis, as servers and workers share it: its names, and how a job ends there."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from socketio import RedisManager

from granite_ws import contract
from granite_ws.edges.clock import Clock
from granite_ws.edges.redis_job_store import RedisJobStore, asking, connect
from granite_ws.edges.tickets import room
from granite_ws.forecast import restamped
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome, State

QUEUE = "granite_ws"
# What a worker calls by its name, in the process that it forks for one job.
TASK = "granite_ws.edges.queue_worker.forecast"
ENDED = "granite_ws:ended"  # the channel on which the ids of ended jobs come
INFO = "granite_ws:worker:info"
_OUTCOME = "granite_ws:outcome:"
# How long (seconds) an outcome waits to be fetched by the server that asked.
_OUTCOME_S = 600
# How often, and every how many seconds, it is looked whether the server that asked ended a job.
_LOOKS, _LOOK_S = 20, 0.05
CANCELLED = Outcome(error="cancelled", code=Code.CANCELLED)
# Flask-SocketIO's own channel: its servers listen to it.
_CHANNEL = "flask-socketio"


def open_queue(url: str) -> Queue:
    """RQ's queue. JSON instead of its usual pickle: what can write to Redis runs no code here."""
    # RQ reads bytes.
    redis = Redis.from_url(url, socket_connect_timeout=2)
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


class JobEnds:
    """Where the ends of jobs are written, and read by whoever asked."""

    def __init__(self, url: str) -> None:
        self.redis = connect(url)
        self._clock = Clock()
        self._store = RedisJobStore(url)
        self._emitter = RedisManager(url, channel=_CHANNEL, write_only=True)

    def write(self, job_id: str, request: ForecastRequest, outcome: Outcome) -> None:
        """Keeps the end for the server that asked, and tells the asking client, wherever it is.

        That a job was cancelled is told by its server, which knows whether its time was over.
        """
        self._keep(job_id, outcome)
        if outcome.code is not Code.CANCELLED or outcome.forecast is not None:
            self._tell(job_id, request, outcome)
        self.redis.publish(ENDED, job_id)

    def cancel(self, job_id: str) -> None:
        """Has the server that asked end a job; ends it here where that server is gone."""
        self._keep(job_id, CANCELLED)
        self.redis.publish(ENDED, job_id)
        for _ in range(_LOOKS):
            job = self._store.load(job_id)
            if job is None or job.state.final:
                return
            time.sleep(_LOOK_S)
        self._tell(job_id, None, CANCELLED)

    def read(self, job_id: str) -> Outcome | None:
        """How it ended; None while it has not. Raises Refused."""
        with asking(self.redis):
            found: Any = self.redis.get(_OUTCOME + job_id)
        return Outcome.from_dict(json.loads(found)) if found else None

    def _keep(self, job_id: str, outcome: Outcome) -> None:
        self.redis.set(_OUTCOME + job_id, json.dumps(outcome.to_dict()), ex=_OUTCOME_S)

    def _tell(self, job_id: str, request: ForecastRequest | None, outcome: Outcome) -> None:
        job = self._store.load(job_id)
        if job is None or job.state.final:
            return  # the feed's, or somebody has ended it already
        payload = None
        if outcome.forecast is not None and request is not None:
            stamped = restamped(outcome.forecast, request.frame()["timestamp"])
            payload = contract.forecast_payload(stamped, made_at=self._clock.utc())
        # Seconds since it was asked, between two processes of perhaps two machines: by their UTC.
        asked, now = (datetime.fromisoformat(at) for at in (job.asked_utc, self._clock.utc()))
        seconds = (now - asked).total_seconds()
        ended = job.ended(outcome, payload=payload, seconds=seconds)
        self._store.save(ended)
        event = contract.FORECAST if ended.state is State.DONE else contract.FORECAST_ERROR
        self._emitter.emit(event, ended.to_dict(), room=room(job_id))

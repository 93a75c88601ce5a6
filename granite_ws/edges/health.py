"""Whether the process lives, and whether it can forecast: for whoever starts servers."""

from __future__ import annotations

import threading
from typing import Any

from flask import Blueprint, Response, jsonify

from granite_ws.edges.clock import Clock
from granite_ws.edges.job_desk import REST, JobDesk
from granite_ws.edges.problems import problem
from granite_ws.edges.tickets import new_id
from granite_ws.errors import BadInput
from granite_ws.jobs import Refused, State

# A tiny forecast: so many points, one step; how long (seconds) it may take, and stays true.
_POINTS = 16
_LIMIT_S = 5.0
_KEPT_S = 5.0


def create_health(desk: JobDesk) -> Blueprint:
    """``/healthz`` and ``/readyz``."""
    health = Blueprint("health", __name__)
    readiness = Readiness(desk)

    @health.get("/healthz")
    def alive() -> Response:
        """200 as long as anybody answers."""
        return jsonify(status="alive", open_jobs=desk.open_jobs())

    @health.get("/readyz")
    def ready() -> Response:
        """200 when a real forecast was made a moment ago, else 503 with the reason."""
        reason = readiness.reason()
        if reason:
            return problem(503, "Not ready", reason, retry_after_s=_KEPT_S)
        info = desk.info()
        return jsonify(status="ready", engine=info["engine"], executor=info["executor"])

    return health


class Readiness:
    """Makes a forecast of a few points where the last one is too old; one at a time."""

    def __init__(self, desk: JobDesk) -> None:
        self._desk = desk
        self._clock = Clock()
        self._lock = threading.Lock()
        self._until_ns = 0
        self._reason = ""

    def reason(self) -> str:
        """Why there is no forecast; empty when there is."""
        if self._desk.is_closing:
            return "the server is about to end"
        if self._desk.info()["engine"] == "loading":
            return "the model is still loading"
        with self._lock:
            if self._clock.now_ns() >= self._until_ns:
                self._reason = self._try()
                self._until_ns = self._clock.now_ns() + int(_KEPT_S * 1e9)
            return self._reason

    def _try(self) -> str:
        job_id = new_id()
        try:
            self._desk.ask(_tiny(), via=REST, job_id=job_id)
            job = self._desk.wait(job_id, _LIMIT_S)
        except (BadInput, Refused) as error:
            return str(error)
        if job is None or not job.state.final:
            self._desk.cancel(job_id)
            return f"a forecast of {_POINTS} points took more than {_LIMIT_S:g} s"
        return "" if job.state is State.DONE else job.error


def _tiny() -> dict[str, Any]:
    stamps = [f"2000-01-01T00:{minute:02}:00" for minute in range(_POINTS)]
    values = [float(minute % 4) for minute in range(_POINTS)]
    return {"steps": 1, "series": {"timestamps": stamps, "values": values}}

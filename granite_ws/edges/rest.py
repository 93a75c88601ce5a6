"""Forecasts over HTTP: ask, look, cancel. The same jobs as over the WebSocket."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request, url_for

from granite_ws.edges.job_desk import REST, JobDesk
from granite_ws.edges.openapi import document
from granite_ws.edges.problems import of_job, problem
from granite_ws.edges.tickets import new_id, room
from granite_ws.forecast_request import RequestError
from granite_ws.jobs import Code, Job, State
from granite_ws.settings import Settings

PATH = "/api/forecasts"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,6})")
# Of a Socket.IO client of this server: it is sent the result, too. None where nobody has this id.
Enter = Callable[[str, str], bool]
# Whether a browser's page of this origin may ask for something to be done.
Admits = Callable[[str, Request], bool]


def create_api(settings: Settings, desk: JobDesk, enter: Enter, admits: Admits) -> Blueprint:
    """The routes under ``/api/forecasts``, and the document that describes them.

    enter:  puts a client (by its id) into a room; False when it is none of this server's.
    admits: the origins that may ask; requests without an origin are no browser's.
    """
    api = Blueprint("forecasts", __name__)
    forecasts = Forecasts(settings, desk, enter)

    @api.before_request
    def only_known_origins() -> Response | None:
        origin = request.headers.get("Origin")
        if request.method in ("GET", "HEAD") or origin is None or admits(origin, request):
            return None
        return problem(403, "Foreign origin", f"cors_allowed_origins does not admit {origin}")

    @api.after_request
    def tell_known_origins(answer: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin is not None and admits(origin, request):
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Headers"] = (
                "Content-Type, Idempotency-Key, Prefer"
            )
            answer.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            answer.vary.add("Origin")
        return answer

    api.post(PATH)(forecasts.ask)
    api.get(f"{PATH}/<job_id>", endpoint="look")(forecasts.look)
    api.delete(f"{PATH}/<job_id>")(forecasts.cancel)
    described = document(settings)
    api.get("/api/openapi.json", endpoint="openapi")(lambda: jsonify(described))
    return api


class Forecasts:
    """What each route does."""

    def __init__(self, settings: Settings, desk: JobDesk, enter: Enter) -> None:
        self._settings, self._desk, self._enter = settings, desk, enter

    def ask(self) -> Response:
        """200 with the forecast, 202 with the job where that takes longer, or a problem."""
        asked, sid = self._read_body()
        job_id = new_id()
        earlier = self._claim(asked, job_id)
        if isinstance(earlier, Response):
            return earlier
        if earlier is None:
            if sid is not None and not self._enter(sid, room(job_id)):
                raise RequestError("sid", sid, allowed="no such client here", where=REST)
            asker = sid or request.remote_addr or ""
            earlier = self._desk.ask(asked, via=REST, job_id=job_id, asker=asker).job_id
        job = self._desk.wait(earlier, self._wait_s())
        return self._answer(job, earlier)

    def look(self, job_id: str) -> Response:
        """The job as it stands: a forecast that failed is a 200 here, its state says so."""
        job = self._desk.find(job_id)
        return _unknown(job_id) if job is None else jsonify(job.to_dict())

    def cancel(self, job_id: str) -> Response:
        """The job as it stands then: what had ended before stays as it was."""
        job = self._desk.cancel(job_id)
        return _unknown(job_id) if job is None else jsonify(job.to_dict())

    def _read_body(self) -> tuple[Any, str | None]:
        """(what is asked, a client's id). Nothing at all asks for the usual forecast."""
        asked = request.get_json() if request.get_data(cache=True) else {}
        if not isinstance(asked, dict):
            raise RequestError("body", asked, allowed="must be a JSON object", where=REST)
        sid = asked.pop("sid", None)
        if sid is not None and not isinstance(sid, str):
            raise RequestError("sid", sid, allowed="must be a text", where=REST)
        return asked, sid

    def _claim(self, asked: Any, job_id: str) -> Response | str | None:
        """The job that this idempotency key had before, a problem, or None for a new one."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not _KEY.fullmatch(key):
            return problem(400, "Bad Request", "Idempotency-Key: 1 to 200 visible characters")
        content = json.dumps(asked, sort_keys=True).encode()
        fingerprint = hashlib.sha256(content).hexdigest()
        first = self._desk.claim(key, fingerprint, job_id)
        if first is None:
            return None
        if first[1] != fingerprint:
            detail = "this Idempotency-Key was used for another request"
            return problem(422, "Another request", detail, code=Code.BAD_REQUEST.value)
        return first[0]

    def _wait_s(self) -> float:
        """RFC 7240: ``Prefer: wait=N`` or ``respond-async``, never more than the setting."""
        prefer = request.headers.get("Prefer", "")
        if "respond-async" in prefer:
            return 0
        found = _WAIT.search(prefer)
        most = self._settings.rest_wait_s
        return min(most, float(found[1])) if found else most

    def _answer(self, job: Job | None, job_id: str) -> Response:
        if job is None:
            # Its first request was refused, or an hour is over.
            return problem(409, "No such job any more", f"job {job_id}: ask under a new key")
        if job.state is State.DONE:
            return jsonify(job.to_dict())
        if job.state.final:
            return of_job(job)
        accepted = jsonify(job.to_dict())
        accepted.status_code = 202
        accepted.headers["Location"] = url_for("forecasts.look", job_id=job_id)
        accepted.headers["Retry-After"] = "1"
        return accepted


def _unknown(job_id: str) -> Response:
    detail = f"no job {job_id[:64]}: never taken on, or more than an hour ago"
    return problem(404, "No such job", detail, code=Code.UNKNOWN_JOB.value)

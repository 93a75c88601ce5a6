"""Errors of the HTTP API as RFC 9457 has them: ``application/problem+json``."""

from __future__ import annotations

import json
import logging
import math
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from granite_ws.forecast_request import RequestError
from granite_ws.jobs import Code, Job, Refused, State

MEDIA_TYPE = "application/problem+json"
API = "/api/"
# What each code is over HTTP.
STATUS: dict[Code, int] = {
    Code.BAD_REQUEST: 422,
    Code.QUEUE_FULL: 429,
    Code.SHUTTING_DOWN: 503,
    Code.NO_QUEUE: 503,
    Code.UNKNOWN_JOB: 404,
    Code.CANCELLED: 409,
    Code.TIMED_OUT: 504,
    Code.WORKER_DIED: 503,
    Code.ABANDONED: 503,
    Code.FAILED: 500,
}
_LATER = (429, 503)


def problem(
    status: int, title: str, detail: str, *, code: str = "", retry_after_s: float = 1, **more: Any
) -> Response:
    """One problem; ``more`` are members of its own. Says when to come again where that helps."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    if code:
        body["code"] = code
    answer = Response(json.dumps(body), status, content_type=MEDIA_TYPE)
    if status in _LATER:
        answer.headers["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
    return answer


def of_job(job: Job) -> Response:
    """The problem that a job without a forecast is."""
    status = STATUS[Code(job.code)]
    told: dict[str, Any] = {
        "job_id": job.job_id,
        "state": job.state.value,
        "request_id": job.request_id,
    }
    return problem(status, _TITLES[job.state], job.error, code=job.code, **told)


_TITLES = {
    State.FAILED: "No forecast",
    State.CANCELLED: "The forecast was cancelled",
    State.TIMED_OUT: "The forecast took too long",
}


def handle_errors(app: Flask) -> None:
    """Has every error under ``/api/`` told as a problem; other pages keep their own."""

    @app.errorhandler(RequestError)
    def bad_request(error: RequestError) -> Response:
        return problem(
            422, "Cannot be forecast", str(error), code=Code.BAD_REQUEST.value, key=error.key
        )

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> Response:
        return problem(
            STATUS[refusal.code],
            "Not taken on",
            refusal.words,
            code=refusal.code.value,
            retry_after_s=refusal.retry_after_s,
        )

    @app.errorhandler(HTTPException)
    def refused_by_http(error: HTTPException) -> Any:
        if not request.path.startswith(API):
            return error
        answer = problem(error.code or 500, error.name, error.description or error.name)
        if error.code == 405 and error.get_response().headers.get("Allow"):
            answer.headers["Allow"] = error.get_response().headers["Allow"]
        return answer

    @app.errorhandler(InternalServerError)
    def broken(error: InternalServerError) -> Any:
        if not request.path.startswith(API):
            return error
        # Flask has logged the exception; its text is nobody else's business.
        logging.getLogger("granite_ws.api").error("%s %s failed", request.method, request.path)
        return problem(500, "Internal Server Error", "The server's log says more.")

"""The socket's side of asked forecasts: what a client sends, and the acknowledgement it gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from granite_ws import contract
from granite_ws.edges.job_desk import EVENT, JobDesk
from granite_ws.edges.tickets import new_id, room
from granite_ws.forecast_request import RequestError
from granite_ws.jobs import Code, Refused, State

# Called with a room, before anything can be sent to it.
Enter = Callable[[str], None]
Send = Callable[[str, dict[str, Any]], None]


class Asking:
    """The three events of asked forecasts, the same in every async mode.

    A refusal is both the acknowledgement and a ``forecast_error`` event: a client that asks for
    no acknowledgement is told as well.
    """

    def __init__(self, desk: JobDesk) -> None:
        self._desk = desk

    def ask(self, asked: Any, enter: Enter, send: Send, *, client_id: str) -> dict[str, Any]:
        """``request_forecast``: takes it on; the job as it stands is the acknowledgement."""
        job_id = new_id()
        enter(room(job_id))
        try:
            job = self._desk.ask(asked, via=EVENT, job_id=job_id, asker=client_id)
            return job.to_dict()
        except RequestError as error:
            told = _refusal(asked, str(error), Code.BAD_REQUEST)
        except Refused as refusal:
            told = _refusal(asked, refusal.words, refusal.code)
            told["retry_after_s"] = refusal.retry_after_s
        return _sent(told, send)

    def follow(self, asked: Any, enter: Enter, send: Send) -> dict[str, Any]:
        """``follow_forecast``: a client that came back is told how its job ends, or ended."""
        job_id = _job_id(asked)
        # Entered first: an end between the look and the entering would reach nobody.
        enter(room(job_id))
        try:
            job = self._desk.find(job_id) if job_id else None
        except Refused as refusal:
            return _sent(_refusal(asked, refusal.words, refusal.code), send)
        if job is None:
            return _sent(_refusal(asked, "no such job", Code.UNKNOWN_JOB), send)
        if job.state.final:
            done = job.state is State.DONE
            send(contract.FORECAST if done else contract.FORECAST_ERROR, job.to_dict())
        return job.to_dict()

    def cancel(self, asked: Any) -> dict[str, Any]:
        """``cancel_forecast``: the job as it stands then."""
        job_id = _job_id(asked)
        try:
            job = self._desk.cancel(job_id) if job_id else None
        except Refused as refusal:
            return _refusal(asked, refusal.words, refusal.code)
        return job.to_dict() if job else _refusal(asked, "no such job", Code.UNKNOWN_JOB)


def _sent(told: dict[str, Any], send: Send) -> dict[str, Any]:
    send(contract.FORECAST_ERROR, told)
    return told


def _job_id(asked: Any) -> str:
    found = asked.get("job_id") if isinstance(asked, dict) else None
    return found if isinstance(found, str) else ""


def _refusal(asked: Any, words: str, code: Code) -> dict[str, Any]:
    told: dict[str, Any] = {"error": words, "code": code.value}
    for name in ("request_id", "job_id"):
        if isinstance(asked, dict) and isinstance(asked.get(name), str):
            told[name] = asked[name]
    return told

"""What becomes of a forecast that somebody asked for: a job, its states, and how it may end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from granite_ws.forecast import Engine, Forecast
from granite_ws.series import microseconds


class State(StrEnum):
    """Where a job is. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in (State.QUEUED, State.RUNNING)


class Code(StrEnum):
    """Why there is no forecast: for programs; the words beside it are for people."""

    BAD_REQUEST = "bad_request"
    QUEUE_FULL = "queue_full"
    SHUTTING_DOWN = "shutting_down"
    NO_QUEUE = "no_queue"  # Redis does not answer
    UNKNOWN_JOB = "unknown_job"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    WORKER_DIED = "worker_died"
    ABANDONED = "abandoned"  # the server that made it is gone
    FAILED = "failed"  # no engine gave finite numbers


class Refused(Exception):
    """A job that was not taken on.

    retry_after_s: when asking again makes sense (seconds).
    """

    def __init__(self, code: Code, words: str, *, retry_after_s: float = 1.0) -> None:
        self.code, self.words, self.retry_after_s = code, words, retry_after_s
        super().__init__(words)


@dataclass(frozen=True)
class Outcome:
    """How the making of one forecast ended: ``forecast``, or ``error`` with its code."""

    forecast: Forecast | None = None
    error: str = ""
    code: Code = Code.FAILED

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        made = None if self.forecast is None else forecast_to_dict(self.forecast)
        return {"forecast": made, "error": self.error, "code": self.code.value}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Outcome:
        """The inverse of ``to_dict``."""
        made = found["forecast"]
        forecast = None if made is None else forecast_from_dict(made)
        return cls(forecast, found["error"], Code(found["code"]))


@dataclass(frozen=True)
class Job:
    """One forecast that was asked for, as it stands now.

    forecast:  the payload of the wire contract (``contract.forecast_payload``) once it is done.
    seconds:   from being asked to its end, None before.
    cached:    "" made for it, "hit", "stale", or "shared" (somebody else's, made at that moment).
    request_id: the asking client's own name for it, given back with every answer.
    """

    job_id: str
    state: State
    executor: str
    steps: int
    asked_utc: str
    request_id: str = ""
    forecast: Mapping[str, Any] | None = None
    error: str = ""
    code: str = ""
    seconds: float | None = None
    cached: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the body of ``GET /api/forecasts/{id}`` and of the events."""
        return {**asdict(self), "state": self.state.value}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Job:
        """The inverse of ``to_dict``."""
        return cls(**{**found, "state": State(found["state"])})

    def ended(self, outcome: Outcome, *, payload: Mapping[str, Any] | None, seconds: float) -> Job:
        """The job with its end; ``payload`` is the forecast as it is sent."""
        if outcome.forecast is not None:
            return replace(self, state=State.DONE, forecast=payload, seconds=round(seconds, 6))
        states = {Code.CANCELLED: State.CANCELLED, Code.TIMED_OUT: State.TIMED_OUT}
        return replace(
            self,
            state=states.get(outcome.code, State.FAILED),
            error=outcome.error,
            code=outcome.code.value,
            seconds=round(seconds, 6),
        )


def forecast_to_dict(forecast: Forecast) -> dict[str, Any]:
    """A forecast as plain values."""
    return {
        "timestamps": [stamp.isoformat() for stamp in forecast.timestamps],
        "values": forecast.values.tolist(),
        "engine": forecast.engine.value,
        "model": forecast.model,
        "context_size": forecast.context_size,
        "seconds": forecast.seconds,
        "fallback_reason": forecast.fallback_reason,
    }


def forecast_from_dict(found: Mapping[str, Any]) -> Forecast:
    """The inverse of ``forecast_to_dict``."""
    return Forecast(
        timestamps=microseconds(pd.Timestamp(stamp) for stamp in found["timestamps"]),
        values=np.asarray(found["values"], dtype=float),
        engine=Engine(found["engine"]),
        model=found["model"],
        context_size=found["context_size"],
        seconds=found["seconds"],
        fallback_reason=found["fallback_reason"],
    )

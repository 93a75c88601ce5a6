"""What every executor can do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import pandas as pd

from granite_ws.forecast import Forecast
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Outcome

Done = Callable[[Outcome], None]


class Executor(Protocol):
    """Makes forecasts somewhere.

    name:    the setting's value.
    answers: whether it tells the asking clients and keeps the job's end by itself (a worker of the
             job queue does: the server that asked may be gone by then).
    """

    name: str
    answers: bool

    def start(self) -> None:
        """Loads the model where it will run; returns once a forecast can be made.

        Raises ModelError as ``ForecastService.load``; SessionFailed where no worker comes up.
        """

    def info(self) -> dict[str, Any]:
        """As ``ForecastService.info``: what is loaded there."""

    def submit(self, job_id: str, request: ForecastRequest, done: Done) -> None:
        """Takes a job on; ``done`` is called once, from any thread, when it has ended.

        Raises Refused when too many wait already, or nobody can take it on.
        """

    def run(self, history: pd.DataFrame, steps: int) -> Forecast:
        """Makes the feed's forecast of this history and waits for it.

        Raises ValueError when no engine gives one, Refused as ``submit`` does.
        """

    def cancel(self, job_id: str) -> bool:
        """Drops a waiting job, and ends a running one where that can be done; ``done`` is still
        called, with ``Code.CANCELLED``. False when there is no such job here any more.
        """

    def open_jobs(self) -> int:
        """Jobs that wait or run."""

    def stop(self) -> None:
        """Ends workers and threads; what is still open ends with an error."""


def wait_for_outcome(submit: Callable[[Done], None]) -> Forecast:
    """Submits and waits. Raises ValueError with the reason when there is no forecast."""
    ended = threading.Event()
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        ended.set()

    submit(done)
    ended.wait()
    if outcomes[0].forecast is None:
        raise ValueError(outcomes[0].error)
    return outcomes[0].forecast

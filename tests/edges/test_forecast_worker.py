"""One worker: a job's forecast, and an outcome whatever goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code
from granite_ws.settings import Settings
from tests.edges.desk_lab import history


def worker(folder: Path) -> ForecastWorker:
    made = ForecastWorker(
        Settings(engine="smoothing", executor="process"),
        Recorder(Witness.WORKER, folder / "events.jsonl"),
    )
    made.load()
    return made


def test_a_jobs_beginning_is_recorded(tmp_path: Path) -> None:
    """With where and in which process it is made."""
    outcome = worker(tmp_path).work("a", ForecastRequest.of_frame(history(), 4))
    assert outcome.forecast is not None
    assert 4 == len(outcome.forecast.values)
    [begun] = read_events(tmp_path / "events.jsonl").of(Kind.JOB_BEGUN)
    assert {"job_id": "a", "executor": "process", "pid": os.getpid()} == dict(begun.data)


def test_whatever_a_model_raises_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job must end."""

    def fail(*_: object) -> None:
        raise MemoryError("no more")

    made = worker(tmp_path)
    monkeypatch.setattr(made.service, "predict", fail)
    outcome = made.work("a", ForecastRequest.of_frame(history(), 4))
    assert (None, Code.FAILED, "MemoryError: no more") == (
        outcome.forecast,
        outcome.code,
        outcome.error,
    )

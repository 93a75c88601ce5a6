"""Worker processes: warm, ended and replaced one by one, and never the server's trouble."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any

import pandas as pd
import psutil
import pytest

from granite_ws.edges.executors.process import ProcessExecutor
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import read_events
from granite_ws.errors import ModelError
from granite_ws.events import Event, Kind, Witness
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome, Refused
from granite_ws.settings import Settings

WAIT_S = 90


class Pool:
    """A started executor, its events, and the outcomes of its jobs."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        made = {"engine": "smoothing", "executor": "process", **settings}
        self.path = folder / "events.jsonl"
        recorder = Recorder(Witness.SERVER, self.path)
        self.executor = ProcessExecutor(Settings(**made), recorder, period=1)
        self.outcomes: Queue[tuple[str, Outcome]] = Queue()
        self.executor.start()

    def submit(self, job_id: str, number: int = 1, asker: str = "") -> None:
        series = load_shipped("elnino")
        frame = pd.DataFrame({"timestamp": series.timestamps[:100], "value": series.values[:100]})
        request = replace(ForecastRequest.of_frame(frame, 5, number=number), asker=asker)
        self.executor.submit(job_id, request, lambda o: self.outcomes.put((job_id, o)))

    def next(self) -> tuple[str, Outcome]:
        return self.outcomes.get(timeout=WAIT_S)

    def wait_for(self, kind: Kind, count: int = 1) -> list[Event]:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found = read_events(self.path).of(kind)
            if len(found) >= count:
                return list(found)
            threading.Event().wait(0.02)
        raise AssertionError(f"no {count} {kind} within {WAIT_S} s")


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Any]:
    made: list[Pool] = []

    def start(**settings: Any) -> Pool:
        made.append(Pool(tmp_path, **settings))
        return made[-1]

    yield start
    for pool in made:
        pool.executor.stop()


def test_a_job_is_made_elsewhere(pools: Any) -> None:
    """Its worker is another process, which is a witness of its own; afterwards nothing is open."""
    pool = pools()
    pool.submit("a")
    name, outcome = pool.next()
    assert ("a", 5) == (name, len(outcome.forecast.values))
    [begun] = pool.wait_for(Kind.JOB_BEGUN)
    assert (Witness.WORKER, "process") == (begun.witness, begun.data["executor"])
    assert begun.data["pid"] != os.getpid()
    assert 0 == pool.executor.open_jobs()
    assert "exponential-smoothing" == pool.executor.info()["engine"]


def test_a_worker_that_dies_ends_its_own_job_alone(pools: Any) -> None:
    """The third request crashes it: that job names the signal, the next one is made."""
    pool = pools(load="crash")
    pool.submit("dies", number=3)
    pool.submit("lives", number=4)
    outcomes = dict([pool.next(), pool.next()])
    assert (Code.WORKER_DIED, "its worker died: SIGSEGV") == (
        outcomes["dies"].code,
        outcomes["dies"].error,
    )
    assert outcomes["lives"].forecast is not None
    [ended] = pool.wait_for(Kind.WORKER_ENDED)
    assert (-signal.SIGSEGV, "SIGSEGV") == (ended.data["exit_code"], ended.data["reason"])
    assert 2 == len(pool.wait_for(Kind.WORKER_STARTED, 2))


def test_a_forecast_that_keeps_the_lock_is_ended(pools: Any) -> None:
    """Its process is killed long before its 60 s are over; this process never stood still."""
    pool = pools(load="slow-held", load_s=60)
    pool.submit("held")
    pool.submit("waits")
    pool.wait_for(Kind.JOB_BEGUN)
    assert pool.executor.cancel("waits")
    assert ("waits", Code.CANCELLED) == _ended(pool.next())
    begun = time.monotonic()
    assert pool.executor.cancel("held")
    assert ("held", Code.CANCELLED) == _ended(pool.next())
    assert time.monotonic() - begun < 30
    assert not pool.executor.cancel("held")


def test_too_many_that_wait_are_refused(pools: Any) -> None:
    """One runs, one waits, the third is refused."""
    pool = pools(load="slow-free", load_s=60, queue_limit=1)
    pool.submit("runs")
    pool.wait_for(Kind.JOB_BEGUN)
    pool.submit("waits")
    with pytest.raises(Refused) as refused:
        pool.submit("refused")
    assert Code.QUEUE_FULL == refused.value.code


def test_a_worker_that_has_grown_leaves_before_its_next_job(pools: Any) -> None:
    """No process is as small as a megabyte: each leaves, and after three the job says so."""
    pool = pools(worker_memory_mb=1)
    pool.submit("a")
    _, outcome = pool.next()
    assert ("every worker grew too large", Code.WORKER_DIED) == (outcome.error, outcome.code)
    reasons = {event.data["reason"] for event in pool.wait_for(Kind.WORKER_ENDED, 4)}
    assert {"it had grown too large"} == reasons


def test_a_model_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    """As the server's own loading would: the user's folder by its name."""
    with pytest.raises(ModelError) as caught:
        Pool(tmp_path, engine="granite", model_path=str(tmp_path / "nothing"))
    assert "nothing" in str(caught.value)


def test_no_worker_outlives_its_executor(pools: Any) -> None:
    """All are gone when ``stop`` returns, or a moment later."""
    pool = pools(workers=2)
    pids = [event.data["pid"] for event in pool.wait_for(Kind.WORKER_STARTED, 2)]
    workers = [psutil.Process(pid) for pid in pids]
    pool.executor.stop()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert [] == alive


def _ended(told: tuple[str, Outcome]) -> tuple[str, Code]:
    return told[0], told[1].code


def test_askers_are_served_in_turn(tmp_path: Path) -> None:
    """Who asks once, after one who asked four times, waits for at most two forecasts."""
    pool = Pool(tmp_path, workers=1, load="slow-free", load_s=0.2)
    for number in range(4):
        pool.submit(f"flood {number}", asker="flood")
    pool.submit("one", asker="one")
    order = [pool.next()[0] for _ in range(5)]
    pool.executor.stop()
    assert ["flood 0", "flood 1", "flood 2", "flood 3"] == [n for n in order if n != "one"]
    assert order.index("one") <= 2

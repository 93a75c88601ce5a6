"""The job queue: real Redis, real workers, and jobs that outlive whoever dies."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pandas as pd
import pytest
import redis

from granite_ws.edges.executors.queue import QueueExecutor
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.redis_job_store import RedisJobStore
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import create_session, read_events
from granite_ws.errors import SettingsError
from granite_ws.events import Event, Kind, Witness
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Job, Outcome, Refused, State
from granite_ws.settings import Settings
from tests.edges.redis_lab import RedisServer

WAIT_S = 60


class Place:
    """A Redis of its own, an executor that listens, and workers as they are asked for."""

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        made = {"engine": "smoothing", "data": "elnino", "executor": "queue", **settings}
        self.settings = Settings(redis_url=url, **made)
        session = create_session(folder / "session", self.settings, {})
        self.folder, self.path = session.folder, session.folder / "events.jsonl"
        self.executor = QueueExecutor(self.settings, Recorder(Witness.SERVER, self.path))
        self.executor.start()
        self.outcomes: Queue[tuple[str, Outcome]] = Queue()
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "granite_ws", "worker", "--session", str(self.folder)]
        with open(self.folder / "worker.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, stdout=log)
        self.workers.append(process)
        self.wait_for(Kind.WORKER_STARTED, len(self.workers))
        return process

    def submit(self, job_id: str, number: int = 1) -> None:
        series = load_shipped("elnino")
        frame = pd.DataFrame({"timestamp": series.timestamps[:100], "value": series.values[:100]})
        request = ForecastRequest.of_frame(frame, 5, number=number)
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
        raise AssertionError(f"no {count} {kind}: {(self.folder / 'worker.log').read_text()}")

    def end(self) -> None:
        self.executor.stop()
        for event in read_events(self.path).of(Kind.JOB_BEGUN):
            # A job's process that outlives its killed worker ends with this test.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(event.data["pid"], signal.SIGKILL)
        for worker in self.workers:
            worker.kill()
            worker.wait()


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Any]:
    with RedisServer() as server:
        made: list[Place] = []

        def start(**settings: Any) -> Place:
            made.append(Place(tmp_path, server.url, **settings))
            return made[-1]

        start.server = server  # type: ignore[attr-defined]
        yield start
        for place in made:
            place.end()


def test_a_job_waits_for_its_worker_and_nothing_is_pickled(places: Any) -> None:
    """Put there before any worker is, made once one comes; what Redis holds is JSON."""
    place = places()
    place.submit("a")
    place.submit("b")
    assert 2 == place.executor.open_jobs()
    held = redis.Redis.from_url(place.settings.redis_url).hget("rq:job:a", "data")
    assert "granite_ws.edges.queue_worker.forecast" == json.loads(zlib.decompress(held))[0]
    place.start_worker()
    names = {place.next()[0], place.next()[0]}
    assert ({"a", "b"}, 0) == (names, place.executor.open_jobs())
    begun = read_events(place.path).of(Kind.JOB_BEGUN)
    assert {Witness.WORKER} == {event.witness for event in begun}
    assert 2 == len({event.data["pid"] for event in begun})


def test_a_job_that_crashes_is_made_once_more_and_then_told(places: Any) -> None:
    """Twice SIGSEGV; the worker itself lives and makes the next job."""
    place = places(load="crash")
    place.start_worker()
    place.submit("dies", number=3)
    place.submit("lives", number=4)
    outcomes = dict([place.next(), place.next()])
    assert (Code.WORKER_DIED, "its worker died: SIGSEGV") == (
        outcomes["dies"].code,
        outcomes["dies"].error,
    )
    assert outcomes["lives"].forecast is not None
    assert 2 == len(place.wait_for(Kind.WORKER_ENDED, 2))
    assert 1 == len(read_events(place.path).of(Kind.WORKER_STARTED))


def test_jobs_are_cancelled_while_they_wait_and_while_they_hold_the_lock(places: Any) -> None:
    """The waiting one is never begun; the process of the running one is killed."""
    place = places(load="slow-held", load_s=120)
    place.start_worker()
    place.submit("held")
    place.wait_for(Kind.JOB_BEGUN)
    place.submit("waits")
    assert place.executor.cancel("waits")
    name, outcome = place.next()
    assert ("waits", Code.CANCELLED) == (name, outcome.code)
    assert place.executor.cancel("held")
    name, outcome = place.next()
    assert ("held", Code.CANCELLED) == (name, outcome.code)
    assert 1 == len(read_events(place.path).of(Kind.JOB_BEGUN))
    assert not place.executor.cancel("nobody")


def test_another_server_cancels(places: Any, tmp_path: Path) -> None:
    """Whoever asked hears of it, and nobody begins it."""
    place = places()
    place.submit("waits")
    other = Place(tmp_path / "other", place.settings.redis_url)
    try:
        assert other.executor.cancel("waits")
    finally:
        other.end()
    name, outcome = place.next()
    assert ("waits", Code.CANCELLED, 0) == (name, outcome.code, place.executor.open_jobs())


def test_a_dead_servers_job_is_cancelled_by_another_one(places: Any) -> None:
    """Nobody is there who would write down its end: the store knows it all the same."""
    place = places()
    place.submit("waits")
    place.executor.stop()
    store = RedisJobStore(place.settings.redis_url)
    store.save(Job("waits", State.QUEUED, "queue", 5, "2026-01-01T00:00:00+00:00"))
    place.executor._open.clear()
    assert place.executor.cancel("waits")
    found = store.load("waits")
    assert found is not None
    assert State.CANCELLED is found.state


def test_a_full_queue_refuses(places: Any) -> None:
    """One waits, the next is refused."""
    place = places(queue_limit=1)
    place.submit("waits")
    with pytest.raises(Refused) as refused:
        place.submit("refused")
    assert Code.QUEUE_FULL == refused.value.code


def test_without_redis_there_is_a_refusal(places: Any) -> None:
    """A Redis that is gone is ``no_queue``; one that never was is bad input."""
    place = places()
    places.server.end()
    with pytest.raises(Refused) as refused:
        place.submit("a")
    assert Code.NO_QUEUE == refused.value.code
    with pytest.raises(SettingsError) as caught:
        QueueExecutor(place.settings, Recorder(Witness.SERVER)).start()
    assert "redis_url" in str(caught.value)


def test_a_job_outlives_its_worker(places: Any) -> None:
    """The worker is killed while its job runs: the job's own process brings it to its end."""
    place = places(load="slow-free", load_s=1)
    worker = place.start_worker()
    place.submit("a")
    place.wait_for(Kind.JOB_BEGUN)
    worker.kill()
    worker.wait()
    name, outcome = place.next()
    assert ("a", 5) == (name, len(outcome.forecast.values))

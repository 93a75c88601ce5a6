"""In threads of this process."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from granite_ws.edges.executors.thread import ThreadExecutor
from granite_ws.edges.forecast_worker import ForecastWorker
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Witness
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome, Refused
from granite_ws.settings import Settings
from tests.edges.desk_lab import history

REQUEST = ForecastRequest.of_frame(history(), 3)


class Threads:
    def __init__(self, folder: Path, **settings: Any) -> None:
        made = Settings(engine="smoothing", **settings)
        recorder = Recorder(Witness.SERVER, folder / "events.jsonl")
        self.executor = ThreadExecutor(made, ForecastWorker(made, recorder))
        self.executor.start()
        self.outcomes: Queue[tuple[str, Outcome, str]] = Queue()

    def submit(self, name: str) -> None:
        def done(outcome: Outcome) -> None:
            self.outcomes.put((name, outcome, threading.current_thread().name))

        self.executor.submit(name, REQUEST, done)


def test_it_is_made_beside_the_one_who_asks(tmp_path: Path) -> None:
    """By a thread of the pool; nothing is open afterwards."""
    threads = Threads(tmp_path)
    threads.submit("a")
    name, outcome, thread = threads.outcomes.get(timeout=30)
    assert ("a", True, "forecast_0") == (name, outcome.forecast is not None, thread)
    assert 0 == threads.executor.open_jobs()
    threads.executor.stop()


def test_waiting_and_running_jobs_are_cancelled(tmp_path: Path) -> None:
    """Each ends at once for whoever asked, and once; then there is room again."""
    threads = Threads(tmp_path, load="slow-free", load_s=1, queue_limit=1)
    threads.submit("runs")
    until = time.monotonic() + 30
    while not threads.executor._open["runs"].running:
        assert time.monotonic() < until
    threads.submit("waits")
    with pytest.raises(Refused) as refused:
        threads.submit("refused")
    assert Code.QUEUE_FULL == refused.value.code
    for name in ("waits", "runs"):
        assert threads.executor.cancel(name)
        told, outcome, _ = threads.outcomes.get(timeout=30)
        assert (name, Code.CANCELLED) == (told, outcome.code)
    threads.submit("next")
    assert "next" == threads.outcomes.get(timeout=30)[0]
    threads.executor.stop()
    assert threads.outcomes.empty()


def test_after_the_stop_nothing_is_taken_on(tmp_path: Path) -> None:
    """What was open has ended, what comes is refused."""
    threads = Threads(tmp_path, load="slow-free", load_s=30)
    threads.submit("open")
    threads.executor.stop()
    assert Code.CANCELLED == threads.outcomes.get(timeout=30)[1].code
    with pytest.raises(Refused) as refused:
        threads.submit("late")
    assert (Code.SHUTTING_DOWN, 0) == (refused.value.code, threads.executor.open_jobs())

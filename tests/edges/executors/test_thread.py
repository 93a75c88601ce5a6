"""In threads of this process."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
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

    def submit(self, name: str, asker: str = "") -> None:
        def done(outcome: Outcome) -> None:
            self.outcomes.put((name, outcome, threading.current_thread().name))

        self.executor.submit(name, replace(REQUEST, asker=asker), done)


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
    while len(threads.executor._waiting):
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


def test_askers_are_served_in_turn(tmp_path: Path) -> None:
    """Who asks once, after one who asked four times, waits for at most two forecasts."""
    threads = Threads(tmp_path, workers=1, load="slow-free", load_s=0.2)
    for number in range(4):
        threads.submit(f"flood {number}", asker="flood")
    threads.submit("one", asker="one")
    order = [threads.outcomes.get(timeout=30)[0] for _ in range(5)]
    threads.executor.stop()
    assert ["flood 0", "flood 1", "flood 2", "flood 3"] == [n for n in order if n != "one"]
    assert order.index("one") <= 2

"""In the handler that asks."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from granite_ws.edges.executors.inline import InlineExecutor
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Code, Outcome, Refused
from granite_ws.settings import Settings
from tests.edges.desk_lab import history
from tests.edges.test_forecast_worker import worker

REQUEST = ForecastRequest.of_frame(history(), 3)


def test_it_is_done_when_submit_returns(tmp_path: Path) -> None:
    """In this very thread; nothing can be cancelled, nothing is open afterwards."""
    executor, seen = InlineExecutor(Settings(), worker(tmp_path)), []
    executor.submit("a", REQUEST, lambda o: seen.append((o, threading.current_thread())))
    [(outcome, thread)] = seen
    assert outcome.forecast is not None
    assert threading.current_thread() is thread
    assert (False, 0) == (executor.cancel("a"), executor.open_jobs())
    assert 3 == len(executor.run(history(), 3).values)


def test_too_many_at_once_are_refused(tmp_path: Path) -> None:
    """One runs and one more may: the third, asked for in the middle of both, is refused."""
    executor = InlineExecutor(Settings(queue_limit=1), worker(tmp_path))
    codes: list[Code] = []

    def ask(depth: int) -> None:
        if depth == 0:
            return
        with executor._lock:
            executor._running += 1
        ask(depth - 1)

    ask(2)
    with pytest.raises(Refused) as refused:
        executor.submit("c", REQUEST, lambda outcome: codes.append(outcome.code))
    assert (Code.QUEUE_FULL, []) == (refused.value.code, codes)
    assert isinstance(Outcome(), Outcome)

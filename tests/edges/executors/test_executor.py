"""Waiting for an outcome."""

from __future__ import annotations

import threading

import pytest

from granite_ws.edges.executors.executor import Done, wait_for_outcome
from granite_ws.jobs import Code, Outcome


def test_an_error_is_raised_with_its_words() -> None:
    """From whichever thread it comes."""

    def submit(done: Done) -> None:
        ended = Outcome(error="its worker died: SIGSEGV", code=Code.WORKER_DIED)
        threading.Timer(0.01, done, [ended]).start()

    with pytest.raises(ValueError, match="its worker died: SIGSEGV"):
        wait_for_outcome(submit)

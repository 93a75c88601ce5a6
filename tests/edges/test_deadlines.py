"""Deadlines: in their order, each once, none after the stop."""

from __future__ import annotations

from queue import Queue

from granite_ws.edges.clock import Clock
from granite_ws.edges.deadlines import Deadlines


def test_the_earlier_comes_first() -> None:
    """Whatever order they were set in; also one that is over already."""
    deadlines, came = Deadlines(Clock()), Queue[str]()
    deadlines.after(0.2, lambda: came.put("late"))
    deadlines.after(0.05, lambda: came.put("early"))
    deadlines.after(-1, lambda: came.put("over"))
    assert ["over", "early", "late"] == [came.get(timeout=30) for _ in range(3)]
    deadlines.stop()


def test_none_comes_after_the_stop() -> None:
    """What was to come is forgotten, and the thread ends."""
    deadlines, came = Deadlines(Clock()), Queue[str]()
    deadlines.after(0.1, lambda: came.put("never"))
    thread = deadlines._thread
    deadlines.stop()
    assert thread is not None
    thread.join(30)
    assert (False, True) == (thread.is_alive(), came.empty())

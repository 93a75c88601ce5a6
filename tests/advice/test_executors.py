"""executor = process: advised where a stack shows the forecast, and nowhere else."""

from __future__ import annotations

import pytest

from granite_ws.events import Event, EventLog, Kind
from tests.advice.case_builder import blaming, finding, opened
from tests.log_builder import connected, event, lost


def log() -> EventLog:
    stall = event(3, Kind.STALL, monitor="thread", seconds=4.0, began_ns=int(2e9))
    return EventLog((opened(1), connected(1), stall, lost(5)))


def look(*frames: str, owns: bool = True) -> Event:
    threads = [{"name": "forecast_0", "owns_gil": owns, "frames": list(frames)}]
    return event(3, Kind.STACK, why="all stood still", threads=threads)


@pytest.mark.parametrize("cause", ["gil_held_native", "asyncio_loop_blocked", "green_hub_blocked"])
@pytest.mark.parametrize(
    "frame", ["app.py:31 predict", "forecast_worker.py:52 make", "model.py:9 Service._forecast"]
)
def test_a_forecast_in_the_stack_is_moved(cause: str, frame: str) -> None:
    """First of all advice, with the setting, the drops it is about, and what it costs."""
    one, *others = blaming(log(), finding(cause, evidence=(look("burden.py:28 <lambda>", frame),)))
    assert ("executor", "process", 1) == (one.setting, one.value, one.out_of)
    assert "one" not in {advice.setting for advice in others}
    assert one.caution


@pytest.mark.parametrize(
    "stack",
    [
        look("app.py:31 export_report"),
        look("app.py:31 predict", owns=False),
        look("app.py:31 predict_or_not.py"),
    ],
)
def test_something_else_in_the_stack_is_left_where_it_is(stack: Event) -> None:
    """Neither another function, nor a forecast that does not hold the lock."""
    given = blaming(log(), finding("gil_held_native", evidence=(stack,)))
    assert "executor" not in {advice.setting for advice in given}


def test_without_a_stack_nothing_is_claimed() -> None:
    """The log of somebody else's server: the other advice stands alone."""
    given = blaming(log(), "gil_held_native")
    assert "executor" not in {advice.setting for advice in given}

"""The injector inside the server: prepared before it listens, ordered later."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from granite_ws.edges.injector import within
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.faults import LAB
from granite_ws.settings import Settings


@pytest.fixture
def stage(tmp_path: Path) -> ServerStage:
    return ServerStage(
        settings=Settings(**LAB, fault="gil_held_native"),
        recorder=Recorder(Witness.INJECTOR, tmp_path / "events.jsonl"),
        socketio=None,
        engineio=None,
        emit=lambda *_: None,
    )


def kinds(tmp_path: Path) -> list[Kind]:
    return [event.kind for event in read_events(tmp_path / "events.jsonl")]


def test_an_order_is_carried_out_between_its_begin_and_its_end(
    stage: ServerStage, tmp_path: Path
) -> None:
    """What the act measured stands between, with the fault's name."""
    within._carry_out(stage, {"fault": "gil_held_native", "seconds": 0.01})
    assert kinds(tmp_path) == [Kind.FAULT_BEGUN, Kind.FAULT_EFFECT, Kind.FAULT_ENDED]
    effect = read_events(tmp_path / "events.jsonl").of(Kind.FAULT_EFFECT)[0]
    assert effect.data["fault"] == "gil_held_native"
    assert effect.data["amount"] >= 0.01


def test_an_act_that_fails_is_ended_all_the_same(
    stage: ServerStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is recorded, and no effect is claimed."""

    def fail(_stage: ServerStage, _seconds: float) -> None:
        raise RuntimeError("no")

    monkeypatch.setitem(within.ACTS, "gil_held_native", fail)
    with pytest.raises(RuntimeError):
        within._carry_out(stage, {"fault": "gil_held_native"})
    assert kinds(tmp_path) == [Kind.FAULT_BEGUN, Kind.FAULT_ENDED]


def test_preparing_happens_before_orders_are_heard(
    stage: ServerStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standing condition is there from the start, and is recorded as begun."""
    steps: list[str] = []
    monkeypatch.setitem(within.PREPARE, "gil_held_native", lambda _: steps.append("prepared"))
    monkeypatch.setattr(within, "listen", lambda _: steps.append("listening"))
    within.take_orders(stage)
    assert steps == ["prepared", "listening"]
    assert kinds(tmp_path) == [Kind.FAULT_BEGUN]


def test_an_order_does_not_keep_the_next_one_waiting(
    stage: ServerStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is carried out on a thread of its own."""
    first, second = threading.Event(), threading.Event()
    monkeypatch.setitem(within.ACTS, "gil_held_native", lambda *_: second.wait(10) and first.set())
    monkeypatch.setitem(within.ACTS, "json_stall", lambda *_: second.set())
    within._begin(stage, {"fault": "gil_held_native"})
    within._begin(stage, {"fault": "json_stall"})
    assert first.wait(10)

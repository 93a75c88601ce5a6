"""How a server is kept from running, from within."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.edges.injector import server_stalls
from granite_ws.edges.injector.server_stalls import ACTS, PREPARE
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.schedule import usage_now
from granite_ws.edges.stalls import watch_thread
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.settings import Settings
from granite_ws.trial import run_trial


class Watched:
    """A stage in this very process, and a heartbeat that watches what an act does to it."""

    def __init__(self, tmp_path: Path, fault: str, **settings: Any) -> None:
        self.path = tmp_path / "events.jsonl"
        self.sent: list[Any] = []
        self.stage = ServerStage(
            Settings(fault=fault, **settings),
            Recorder(Witness.INJECTOR, self.path),
            None,
            None,
            emit=lambda event, data, **to: self.sent.append(json.dumps([event, data, to])),
        )

    def act(self, seconds: float) -> list[Any]:
        """Carries the fault out under watch; the stalls meanwhile."""
        beaten = threading.Event()
        monitor = watch_thread(
            Recorder(Witness.SERVER, self.path), threshold_s=0.1, each_beat=beaten.set
        )
        try:
            assert beaten.wait(10)
            ACTS[self.stage.settings.fault](self.stage, seconds)
            beaten.clear()
            assert beaten.wait(10)
        finally:
            monitor.stop()
        return list(read_events(self.path).of(Kind.STALL))

    @property
    def effects(self) -> dict[str, float]:
        told = read_events(self.path).of(Kind.FAULT_EFFECT)
        return {event.data["what"]: event.data["amount"] for event in told}


def longest(stalls: list[Any]) -> float:
    return max((stall.data["seconds"] for stall in stalls), default=0.0)


@pytest.mark.parametrize("fault", ["gil_held_native", "pyclient_write_idle"])
def test_a_held_lock_stops_a_real_thread(tmp_path: Path, fault: str) -> None:
    """The heartbeat stands still for as long, and the effect is what was held."""
    watched = Watched(tmp_path, fault)
    assert longest(watched.act(0.6)) > 0.4
    assert watched.effects["seconds with the GIL held"] >= 0.6


def test_a_blocked_loop_leaves_real_threads_alone(tmp_path: Path) -> None:
    """Only what runs on the loop waits; the effect is measured on the loop."""
    watched = Watched(tmp_path, "asyncio_loop_blocked")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    watched.stage.loop = loop
    try:
        watched.act(0.3)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
    assert watched.effects["seconds that the event loop was kept"] >= 0.3


def test_one_emit_of_so_many_numbers_takes_that_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size follows from this machine's own speed, and nobody gets the message."""
    monkeypatch.setattr(server_stalls, "_SAMPLE_FLOATS", 20_000)
    watched = Watched(tmp_path, "json_stall")
    watched.act(0.2)
    [message] = watched.sent
    event, data, to = json.loads(message)
    assert ("history", 0) == (event, len(data["values"]) % 20_000)
    assert {"to": "archive"} == to
    assert watched.effects["seconds for one emit"] > 0.05
    told = watched.effects["bytes of JSON, about"]
    assert told == pytest.approx(len(message), rel=0.1)


def test_a_heap_whose_collection_takes_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is filled before the server listens, collected once, and let go."""
    monkeypatch.setattr(server_stalls, "_HEAP_OBJECTS", 100_000)
    monkeypatch.setattr(server_stalls, "_HEAP_BYTES", 30_000_000)
    watched = Watched(tmp_path, "gc_pause", fault_seconds=20.0)
    PREPARE["gc_pause"](watched.stage)
    # The most that these bytes allow, for no machine needs 20 s for the sample.
    assert 5 + 30_000_000 // (100_000 * 8) == len(server_stalls._heap)
    before = usage_now()
    watched.act(0.2)
    assert not server_stalls._heap
    told = watched.effects["seconds of one collection"]
    assert 0.02 < usage_now().since(before)["collected_s"] <= told + 0.1


def test_many_threads_make_a_nap_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for its turn; all of them end with the fault."""
    monkeypatch.setattr(server_stalls, "_THREADS", 24)
    before = threading.active_count()
    watched = Watched(tmp_path, "gil_contention")
    watched.act(1.0)
    assert before >= threading.active_count()
    # 24 threads at 5 ms a turn; a tenth of it is more than an idle machine shows.
    assert watched.effects["mean seconds that a nap came late"] > 24 * sys.getswitchinterval() / 10


def test_a_blocked_hub_is_seen_and_named(tmp_path: Path) -> None:
    """A whole trial under gevent: both clients are lost, and nobody else is blamed."""
    trial = run_trial("green_hub_blocked", out=tmp_path / "session", duration_s=10)
    assert "" == trial.void
    supported = {f.cause: f for f in trial.verdict.findings if f.truth is Truth.SUPPORTED}
    assert "_sleep_natively" in supported["green_hub_blocked"].blocked_at
    assert "gil_held_native" not in supported

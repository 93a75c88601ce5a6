"""The stall monitor, on a clock that is turned by hand."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stalls import BEAT_S, StallMonitor, watch_thread
from granite_ws.edges.store import read_events
from granite_ws.events import Event, EventLog, Kind, Witness
from tests.fake_clock import FakeClock


def beaten(tmp_path: Path, delays: list[float], threshold_s: float = 0.1) -> EventLog:
    """What a monitor wrote in as many beats as there are delays."""
    clock = FakeClock(delays)
    recorder = Recorder(Witness.SERVER, tmp_path / "events.jsonl", clock=clock)
    monitor = StallMonitor("thread", recorder, threshold_s=threshold_s)
    left = iter(range(len(delays)))

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if next(left) == len(delays) - 1:
            monitor.stop()

    monitor.run(sleep)
    return read_events(tmp_path / "events.jsonl")


def test_a_late_beat_is_a_stall_of_its_length(tmp_path: Path) -> None:
    """A beat that came 2 s late is one stall of 2 s that began with the beat before it."""
    stalls = beaten(tmp_path, [0, 2.0, 0]).of(Kind.STALL)
    assert [2.0] == [round(event.data["seconds"], 6) for event in stalls]
    assert [round(BEAT_S * 1e9)] == [event.data["began_ns"] for event in stalls]


def test_punctual_beats_are_silent(tmp_path: Path) -> None:
    """Below the threshold nothing is recorded but the start and the summary."""
    log = beaten(tmp_path, [0, 0.05, 0.09, 0])
    assert [Kind.MONITOR_STARTED, Kind.MONITOR_ENDED] == [event.kind for event in log]
    assert (4, 0.09) == (
        log.events[-1].data["beats"],
        pytest.approx(log.events[-1].data["longest_s"]),
    )


def test_the_threshold_is_a_setting(tmp_path: Path) -> None:
    """The same lateness is a stall or none."""
    assert 1 == len(beaten(tmp_path, [0.09, 0], threshold_s=0.05).of(Kind.STALL))


class Told(Recorder):
    """A pen that tells when a monitor has ended."""

    def __init__(self, path: Path) -> None:
        super().__init__(Witness.SERVER, path)
        self.ended = threading.Event()

    def record(self, kind: Kind, *, sid: str | None = None, **data: Any) -> Event:
        made = super().record(kind, sid=sid, **data)
        if kind is Kind.MONITOR_ENDED:
            self.ended.set()
        return made


def test_the_thread_heartbeat_is_a_thread_of_its_own(tmp_path: Path) -> None:
    """It beats while its starter does something else, and ends when it is told to."""
    recorder = Told(tmp_path / "events.jsonl")
    monitor = watch_thread(recorder, threshold_s=0.1)
    assert not recorder.ended.is_set()
    monitor.stop()
    assert recorder.ended.wait(10)
    started, *_ = read_events(tmp_path / "events.jsonl")
    assert (Kind.MONITOR_STARTED, "thread") == (started.kind, started.data["monitor"])


def test_a_pause_ends_with_the_watching(tmp_path: Path) -> None:
    """``stop`` does not wait for the beat that is due."""
    recorder = Recorder(Witness.PROBE, tmp_path / "events.jsonl")
    monitor = StallMonitor("thread", recorder, threshold_s=0.1)
    pausing = threading.Thread(target=monitor.pause, args=(60,))
    pausing.start()
    monitor.stop()
    pausing.join(20)
    assert not pausing.is_alive()

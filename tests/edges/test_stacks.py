"""Looks at the stacks while something is late."""

from __future__ import annotations

import threading
from pathlib import Path

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stacks import OPEN_AFTER_S, StackWatch, all_stacks, short
from granite_ws.edges.stalls import StallMonitor
from granite_ws.edges.store import read_events
from granite_ws.events import Event, Kind, Witness
from tests.fake_clock import FakeClock


def stacks_in(path: Path) -> tuple[Event, ...]:
    return read_events(path).of(Kind.STACK)


def test_a_path_keeps_what_tells_the_module() -> None:
    """The folder and the file; also of a path of Windows."""
    assert short("/a/b/engineio/socket.py") == "engineio/socket.py"
    assert short("C:\\app\\model.py") == "app/model.py"


def test_every_other_thread_is_seen_where_it_is() -> None:
    """A thread that waits shows the line where it waits; the one that looks is left out."""
    over, there = threading.Event(), threading.Event()

    def wait_here() -> None:
        there.set()
        over.wait()

    waiting = threading.Thread(target=wait_here, name="waiting one")
    waiting.start()
    there.wait()
    try:
        [seen] = [s for s in all_stacks() if s["thread"] == "waiting one"]
    finally:
        over.set()
        waiting.join()
    assert any("test_stacks.py" in frame and "wait_here" in frame for frame in seen["frames"])


def test_an_overdue_pong_is_looked_into_once(tmp_path: Path) -> None:
    """One look per occasion, not one per beat; a second occasion gets its own."""
    late: list[str] = []
    path = tmp_path / "events.jsonl"
    watch = StackWatch(Recorder(Witness.SERVER, path), lambda: late)
    for state in (["A"], ["A"], [], ["A"]):
        late[:] = state
        watch.beat()
    assert [(e.sid, e.data["why"]) for e in stacks_in(path)] == [("A", "a PONG is overdue")] * 2


def test_a_loop_that_stands_still_is_looked_into_once(tmp_path: Path) -> None:
    """While the loop's own heartbeat is late, its stack is taken, once per stall."""
    clock, path = FakeClock(), tmp_path / "events.jsonl"
    clock.sleep(1)
    recorder = Recorder(Witness.SERVER, path, clock=clock)
    loop = StallMonitor("loop", recorder, threshold_s=0.1)
    loop.begin()
    watch = StackWatch(recorder, tuple)
    watch.watch_loop(loop)
    watch.beat()
    clock.sleep(OPEN_AFTER_S + 0.1)
    watch.beat()
    watch.beat()
    assert [event.data["why"] for event in stacks_in(path)] == ["the loop stood still"]

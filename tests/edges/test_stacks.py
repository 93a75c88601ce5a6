"""Looks at the stacks while something is late."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stacks import OPEN_AFTER_S, StackWatch, all_stacks, parse_dump, short
from granite_ws.edges.stalls import StallMonitor, watch_thread
from granite_ws.edges.store import read_events
from granite_ws.events import Event, Kind, Witness
from tests.fake_clock import FakeClock

DUMP = """Timeout (0:00:00.500000)!
Thread 0x00007f8c72ffd6c0 (most recent call first):
  File "/home/me/app/model.py", line 13 in predict
  File "/usr/lib/python3.11/threading.py", line 982 in run

Thread 0x00007f8c737fe6c0 (most recent call first):
  <no Python frame>
"""


def stacks_in(path: Path) -> tuple[Event, ...]:
    return read_events(path).of(Kind.STACK)


def test_a_dump_gives_file_line_and_function() -> None:
    """CPython's own text becomes frames, innermost first; a thread without one is left out."""
    [thread] = parse_dump(DUMP)
    assert thread["frames"] == ["app/model.py:13 predict", "python3.11/threading.py:982 run"]


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
    watch.stop()
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
    watch.stop()
    assert [event.data["why"] for event in stacks_in(path)] == ["the loop stood still"]


def test_a_held_interpreter_lock_shows_who_holds_it(tmp_path: Path) -> None:
    """No Python thread can run meanwhile, and yet the stack of that very moment is there."""
    path = tmp_path / "events.jsonl"
    recorder = Recorder(Witness.SERVER, path)
    watch = StackWatch(recorder, tuple)
    beaten = threading.Event()

    def beat() -> None:
        watch.beat()
        beaten.set()

    monitor = watch_thread(recorder, threshold_s=0.1, each_beat=beat)
    assert beaten.wait(10)
    ctypes.PyDLL(None).usleep(int((OPEN_AFTER_S + 0.7) * 1e6))
    beaten.clear()
    assert beaten.wait(10)
    beaten.clear()
    assert beaten.wait(10)
    monitor.stop()
    watch.stop()
    held = [e for e in stacks_in(path) if e.data["why"] == "all stood still"]
    frames = [frame for event in held for t in event.data["threads"] for frame in t["frames"]]
    assert any("test_a_held_interpreter_lock" in frame for frame in frames)
    [stall] = [e for e in read_events(path).of(Kind.STALL) if e.data["seconds"] > OPEN_AFTER_S]
    assert stall.data["cpu_s"] < 0.5


def test_a_ping_that_does_not_come_is_looked_into(tmp_path: Path) -> None:
    """Like a PONG that is overdue, with the connection's sid and its own reason."""
    path = tmp_path / "events.jsonl"
    recorder = Recorder(Witness.SERVER, path)
    watch = StackWatch(recorder, tuple, {"a PING is overdue": lambda: ["A"]})
    try:
        watch.beat()
        watch.beat()
    finally:
        watch.stop()
    looks = read_events(path).of(Kind.STACK)
    assert [("A", "a PING is overdue")] == [(e.sid, e.data["why"]) for e in looks]

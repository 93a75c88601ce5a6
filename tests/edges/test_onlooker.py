"""The look from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.edges.beat import BeatFile, beat_file
from granite_ws.edges.clock import Clock
from granite_ws.edges.onlooker import Onlooker, can_look, dump_stacks, read_dump
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness

HOLD = """
import ctypes, sys, threading
def predict():
    print("holding", flush=True)
    ctypes.PyDLL(None).usleep(60_000_000)
threading.Thread(target=predict, name="worker").start()
"""


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """A process in which native code keeps the interpreter lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_dump(pid: int) -> list:
    """The process printed a moment before it took the lock."""
    clock = Clock()
    deadline = clock.now_ns() + 10_000_000_000
    while clock.now_ns() < deadline:
        threads = dump_stacks(pid)
        if any(thread["owns_gil"] for thread in threads):
            return threads
    return []


def test_the_thread_that_holds_the_lock_is_named(holder: subprocess.Popen[str]) -> None:
    """Nothing of Python runs in there, and yet its function is known."""
    [holding] = [thread for thread in wait_for_dump(holder.pid) if thread["owns_gil"]]
    assert holding["thread"] == "worker"
    assert holding["frames"][0].endswith(" predict")


def test_a_stopped_process_can_be_read(holder: subprocess.Popen[str]) -> None:
    """SIGSTOP hides nothing from outside."""
    # It printed a moment before it took the lock: stopped in between it would never take it.
    assert wait_for_dump(holder.pid)
    holder.send_signal(signal.SIGSTOP)
    assert wait_for_dump(holder.pid)


def test_the_right_to_look_is_tried_for_real() -> None:
    """Where the tests above can read another process, the doctor says so."""
    assert can_look()


def test_a_process_that_is_gone_has_no_stacks() -> None:
    """Empty, and no error: that it has ended is told by others."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert dump_stacks(ended.pid) == []


def test_a_standstill_is_looked_into_once(
    holder: subprocess.Popen[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late heartbeat gets one look; while it stays the same standstill there is no second."""
    events = tmp_path / "events.jsonl"
    clock = Clock()
    monkeypatch.setattr(os, "getpid", lambda: holder.pid)
    BeatFile(beat_file(events)).beat(clock.now_ns() - 1_000_000_000)
    onlooker = Onlooker(Recorder(Witness.SAMPLER, events), events)
    onlooker.start()
    deadline = clock.now_ns() + 20_000_000_000
    while not read_events(events).of(Kind.STACK) and clock.now_ns() < deadline:
        clock.sleep(0.05)
    clock.sleep(0.3)
    onlooker.stop()
    [stack] = read_events(events).of(Kind.STACK)
    assert stack.data["why"] == "all stood still"


def test_qualified_names_become_plain_ones() -> None:
    """``Thread.run`` and a nested function read as the in-process look has them."""
    frame = {"filename": "/a/app/m.py", "line": 3, "name": "outer.<locals>.inner"}
    thread = {"thread_name": None, "thread_id": 16, "owns_gil": False, "frames": [frame]}
    assert read_dump(json.dumps([thread])) == [
        {"thread": "0x10", "owns_gil": False, "frames": ["app/m.py:3 inner"]}
    ]


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_anything_else_is_a_value_error_or_nothing(text: str) -> None:
    """No output of another program breaks the session."""
    with suppress(ValueError):
        assert isinstance(read_dump(text), list)

"""What is done to a process from outside, and that it is undone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from granite_ws.edges.injector import outside
from granite_ws.edges.injector.stage import Scene
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.settings import Settings

# Some threads that wake up often, as a server has.
_TARGET = """
import threading, time
def nap():
    while True: time.sleep(0.01)
for _ in range(3): threading.Thread(target=nap, daemon=True).start()
print("up", flush=True)
nap()
"""


@pytest.fixture
def target() -> Iterator[int]:
    """A process of our own that only naps; its pid."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", _TARGET], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def scene(tmp_path: Path, pid: int, fault: str) -> Scene:
    """A scene whose server is this process."""
    path = tmp_path / "events.jsonl"
    return Scene(
        Settings(fault=fault),
        Recorder(Witness.INJECTOR, path),
        path,
        cast(Any, SimpleNamespace(pid=pid)),
        {},
        None,
        threading.Event(),
        cast(Any, None),
    )


def effect(tmp_path: Path) -> float:
    [told] = read_events(tmp_path / "events.jsonl").of(Kind.FAULT_EFFECT)
    return float(told.data["amount"])


def test_a_suspended_process_goes_on_again(tmp_path: Path, target: int) -> None:
    """The effect counts only if it was seen stopped, and in the end it runs."""
    outside.suspend(scene(tmp_path, target, "server_suspended"), 0.3)
    assert effect(tmp_path) >= 0.3
    assert psutil.Process(target).status() != psutil.STATUS_STOPPED


def test_the_sessions_end_ends_the_suspension(tmp_path: Path, target: int) -> None:
    """Whoever waits heals at once when the session is over."""
    over = scene(tmp_path, target, "server_suspended")
    over.over.set()
    outside.suspend(over, 600)
    assert psutil.Process(target).status() != psutil.STATUS_STOPPED


def test_a_starved_process_waits_and_is_given_back_its_cores(tmp_path: Path, target: int) -> None:
    """Its threads waited, and afterwards each has its class and cores again, and no neighbour."""
    cores = os.sched_getaffinity(target)
    children = set(psutil.Process().children())
    outside.starve(scene(tmp_path, target, "cpu_starvation"), 1.0)
    assert effect(tmp_path) > 0.1
    threads = [int(name) for name in os.listdir(f"/proc/{target}/task")]
    assert {os.SCHED_OTHER} == {os.sched_getscheduler(thread) for thread in threads}
    assert all(cores == os.sched_getaffinity(thread) for thread in threads)
    assert set(psutil.Process().children()) <= children


def test_a_process_that_has_ended_starves_nobody(tmp_path: Path) -> None:
    """A server that died before the fault is no error of the injector's healing."""
    with subprocess.Popen([sys.executable, "-S", "-c", "pass"]) as gone:
        gone.wait()
    with pytest.raises(ProcessLookupError):
        outside.starve(scene(tmp_path, gone.pid, "cpu_starvation"), 0.1)

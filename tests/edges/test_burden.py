"""How a load's model behaves: measured by another thread, and by a process that dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from granite_ws.edges.burden import burden_of
from granite_ws.settings import Settings


def turns_beside(load: str) -> int:
    """How often another thread had its turn during 0.5 s of this burden."""
    turns, over = [], threading.Event()

    def count() -> None:
        while not over.wait(0.005):
            turns.append(time.monotonic())

    bear = burden_of(Settings(load=load, load_s=0.5))
    thread = threading.Thread(target=count)
    thread.start()
    begun = time.monotonic()
    bear(1)
    ended = time.monotonic()
    over.set()
    thread.join()
    assert ended - begun >= 0.5
    return sum(begun + 0.05 < at < ended - 0.05 for at in turns)


def test_one_lets_go_of_the_lock_and_the_other_keeps_it() -> None:
    """Nothing else runs while native code keeps it."""
    assert turns_beside("slow-free") > 5
    assert turns_beside("slow-held") == 0


@pytest.mark.parametrize(("number", "code"), [(2, 0), (3, -signal.SIGSEGV)])
def test_the_third_request_kills_its_process(number: int, code: int) -> None:
    """And no other one does."""
    text = (
        "from granite_ws.edges.burden import burden_of; from granite_ws.settings import Settings; "
        f"burden_of(Settings(load='crash'))({number})"
    )
    assert code == subprocess.run([sys.executable, "-c", text], check=False).returncode


@pytest.mark.parametrize("load", ["", "steady", "burst"])
def test_the_usual_model_bears_nothing(load: str) -> None:
    """It costs no time."""
    begun = time.monotonic()
    burden_of(Settings(load=load, load_s=60))(1)
    assert time.monotonic() - begun < 30

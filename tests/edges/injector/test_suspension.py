"""Processes that stand still, and are never left so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from granite_ws.edges.clock import Clock
from granite_ws.edges.injector.suspension import suspended
from granite_ws.edges.process import watch_until

LIMIT_S = 30
SHELLS = ("sh", "dash", "bash")


@pytest.fixture
def napping() -> Iterator[psutil.Process]:
    """A process of our own that does nothing."""
    with subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(99)"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def stands_still(process: psutil.Process, *, wanted: bool) -> bool:
    """Whether it does, as soon as that is what is wanted."""

    def as_wanted() -> bool:
        return (process.status() == psutil.STATUS_STOPPED) is wanted

    clock = Clock()
    watch_until(clock.now_ns() + int(LIMIT_S * 1e9), clock, lambda: not as_wanted())
    return process.status() == psutil.STATUS_STOPPED


def test_they_go_on_after_the_block_whatever_ended_it(napping: psutil.Process) -> None:
    """Stopped inside of it; running, and no shell left, after an error."""

    def fail() -> None:
        with suspended([napping.pid]):
            assert stands_still(napping, wanted=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not stands_still(napping, wanted=False)
    assert [] == [child for child in psutil.Process().children() if child.name() in SHELLS]


def test_one_that_has_ended_meanwhile_keeps_nobody_stopped(napping: psutil.Process) -> None:
    """The others go on."""
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as ends:
        with suspended([ends.pid, napping.pid]):
            ends.kill()
            ends.wait()
        assert not stands_still(napping, wanted=False)


def test_they_go_on_when_the_runner_is_killed(napping: psutil.Process) -> None:
    """SIGKILL to whoever stopped them: nobody is left to heal, and they go on."""
    code = (
        "import time; from granite_ws.edges.injector.suspension import suspended\n"
        f"with suspended([{napping.pid}]): time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as runner:
        assert stands_still(napping, wanted=True)
        os.kill(runner.pid, signal.SIGKILL)
    assert not stands_still(napping, wanted=False)

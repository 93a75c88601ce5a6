"""What is done to the server's process from outside: stopped, or left without a processor."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from granite_ws.edges.injector.stage import Scene
from granite_ws.edges.injector.suspension import suspended

# Against that many busy processes on one core, a thread of the lowest class waits seconds for
# each turn of some milliseconds.
_BUSY_PROCESSES = 12
_NICEST = 19
# Busy until its input ends: with the runner, whatever ended that.
_BUSY = """
import _thread, os, sys
_thread.start_new_thread(lambda: (sys.stdin.buffer.raw.read(), os._exit(0)), ())
while True: pass
"""


def suspend(scene: Scene, seconds: float) -> None:
    """SIGSTOP, and SIGCONT in the end, as a paused container or a debugger does."""
    pid = scene.server.pid
    begun = scene.recorder.clock.now_ns()
    with suspended([pid]):
        scene.over.wait(seconds)
        stopped = psutil.Process(pid).status() == psutil.STATUS_STOPPED
    lasted = (scene.recorder.clock.now_ns() - begun) / 1e9
    scene.effect("seconds suspended", lasted if stopped else 0.0)


def starve(scene: Scene, seconds: float) -> None:
    """Every thread of the server on one core, in the idle class, beside busy processes."""
    pid = scene.server.pid
    before = _waited_s(pid)
    with _busy_core() as core, _last_in_line(pid, core):
        scene.over.wait(seconds)
    scene.effect("seconds that its threads waited for a core", _waited_s(pid) - before)


@contextmanager
def _busy_core() -> Iterator[int]:
    """A core that other processes use up; they are ended on every exit."""
    core = max(os.sched_getaffinity(0))
    command = [sys.executable, "-S", "-c", _BUSY]
    busy: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(_BUSY_PROCESSES):
            # A session of its own: where Linux groups tasks by session, each is a group.
            busy.append(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True))
            os.sched_setaffinity(busy[-1].pid, {core})
        yield core
    finally:
        for process in busy:
            process.kill()
            process.communicate()


@contextmanager
def _last_in_line(pid: int, core: int) -> Iterator[None]:
    """The process's threads on that core and in the idle class; as before on every exit."""
    cores = os.sched_getaffinity(pid)
    try:
        _weigh_session(pid, _NICEST)
        _schedule(pid, os.SCHED_IDLE, {core})
        yield
    finally:
        _weigh_session(pid, 0)
        # A thread that was started meanwhile has inherited it: twice, so that none is missed.
        for _ in range(2):
            _schedule(pid, os.SCHED_OTHER, cores)


def _weigh_session(pid: int, nice: int) -> None:
    """The weight of the server's session where Linux has autogroups; elsewhere the class does."""
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))
    except OSError:
        return  # no autogroups here, or the process has ended


def _schedule(pid: int, policy: int, cores: set[int]) -> None:
    for thread in _threads(pid):
        try:
            os.sched_setscheduler(thread, policy, os.sched_param(0))
            os.sched_setaffinity(thread, cores)
        except ProcessLookupError:
            continue  # this thread has ended meanwhile


def _threads(pid: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except FileNotFoundError:
        return []  # the process has ended


def _waited_s(pid: int) -> float:
    """Linux's run delay of all threads that live now, seconds."""
    waited = 0
    for thread in _threads(pid):
        try:
            waited += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            continue
    return waited / 1e9

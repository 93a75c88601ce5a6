"""Reads the server's stacks from outside while its heartbeat stands still.

Nothing of Python runs in a process whose interpreter lock is held, so the process cannot look into
itself; and CPython's own watchdog, which could, walks frames that other threads may be changing
and was seen to crash a busy server. py-spy reads the memory of the other process: it works while
the lock is held or the process is stopped, tells which thread holds the lock, and changes nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from granite_ws.edges.beat import beat_file, read_beat
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stacks import DEEPEST, MOST, OPEN_AFTER_S, short
from granite_ws.events import Kind

_LOOK_S = 0.1
_DUMP_WAIT_S = 5.0


class Onlooker(threading.Thread):
    """A thread of the runner: one STACK event for each standstill of the server."""

    def __init__(self, recorder: Recorder, events: Path) -> None:
        super().__init__(name="onlooker", daemon=True)
        self._recorder = recorder
        self._beats = beat_file(events)
        self._over = threading.Event()

    def run(self) -> None:
        """Looks ten times a second whether the heartbeat is late."""
        told_ns = 0
        while not self._over.wait(_LOOK_S):
            beat = read_beat(self._beats)
            if beat is None or beat[1] == told_ns:
                continue
            pid, at_ns = beat
            if (self._recorder.clock.now_ns() - at_ns) / 1e9 > OPEN_AFTER_S:
                told_ns = at_ns
                self._look(pid, at_ns)

    def _look(self, pid: int, beaten_ns: int) -> None:
        threads = dump_stacks(pid)
        # A process that beats again was caught too late: what it does now proves nothing.
        if threads and read_beat(self._beats) == (pid, beaten_ns):
            self._recorder.record(Kind.STACK, why="all stood still", threads=threads)

    def stop(self) -> None:
        """Ends the looking; returns when a look that is open has ended."""
        self._over.set()
        self.join()


def dump_stacks(pid: int) -> list[dict[str, Any]]:
    """Every thread's frames of another process, innermost first, and which one holds the lock.

    Empty where py-spy is not allowed to read it (a container without the right, another user) or
    the process is gone.
    """
    command = [str(Path(sys.executable).with_name("py-spy")), "dump", "--json", "--nonblocking"]
    try:
        ended = subprocess.run(
            [*command, "--pid", str(pid)], capture_output=True, timeout=_DUMP_WAIT_S, check=True
        )
        return read_dump(ended.stdout.decode(errors="replace"))
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def can_look() -> bool:
    """Whether py-spy may read a process of ours here, tried on one that only waits."""
    waiting = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            return bool(child.stdout and child.stdout.readline() and dump_stacks(child.pid))
        finally:
            child.kill()


def read_dump(text: str) -> list[dict[str, Any]]:
    """The threads of py-spy's JSON in the shape of ``stacks.all_stacks``, with ``owns_gil``.

    Raises ValueError for anything else.
    """
    try:
        return [
            {
                "thread": thread["thread_name"] or f"{thread['thread_id']:#x}",
                "owns_gil": bool(thread["owns_gil"]),
                "frames": [
                    f"{short(f['filename'])}:{f['line']} {f['name'].rsplit('.', 1)[-1]}"
                    for f in thread["frames"][:DEEPEST]
                ],
            }
            for thread in json.loads(text)
            if thread["frames"]
        ][:MOST]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a dump of py-spy: {error}") from error

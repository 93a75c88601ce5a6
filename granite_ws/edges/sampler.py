"""Reads a process's CPU, memory, threads and open files from outside, once a second."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind

PERIOD_S = 1.0


class Sampler:
    """A thread of the runner; it goes on when the watched process stands still."""

    def __init__(
        self, recorder: Recorder, roles: dict[str, int], *, workers_of: tuple[int, ...] = ()
    ) -> None:
        """roles: the process id of each watched role (``server``, ``probe``).

        workers_of: processes whose children make forecasts; they are watched as ``worker``, their
        successors, too.
        """
        self._recorder = recorder
        self._workers_of = [psutil.Process(pid) for pid in workers_of]
        self._workers: dict[int, psutil.Process] = {}
        self._processes = {role: psutil.Process(pid) for role, pid in roles.items()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def start(self) -> None:
        """Begins sampling."""
        self._thread.start()

    def stop(self) -> None:
        """Ends sampling, and returns when the last sample is written."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        for process in self._processes.values():
            _ask(process)  # the first CPU figure of psutil is meaningless; this one is thrown away
        while not self._over.wait(PERIOD_S):
            for role, process in self._processes.items():
                figures = _ask(process)
                if figures:
                    self._recorder.record(Kind.SAMPLE, role=role, **figures)
            self._sample_workers()

    def _sample_workers(self) -> None:
        """A worker is asked from its second sighting on: its first figure means nothing."""
        found: dict[int, psutil.Process] = {}
        for parent in self._workers_of:
            with suppress(psutil.Error):
                found |= {child.pid: child for child in parent.children(recursive=True)}
        for pid in found:
            known = self._workers.get(pid)
            figures = _ask(known or found[pid])
            if known and figures:
                self._recorder.record(Kind.SAMPLE, role="worker", **figures)
        self._workers = {pid: self._workers.get(pid, found[pid]) for pid in found}


def _ask(process: psutil.Process) -> dict[str, Any]:
    try:
        with process.oneshot():
            return {
                "pid": process.pid,
                "cpu_percent": process.cpu_percent(),
                "rss_bytes": process.memory_info().rss,
                "threads": process.num_threads(),
                "fds": process.num_fds() if hasattr(process, "num_fds") else 0,
                "state": process.status(),
                "waited_s": _waited_s(process.pid),
                "host_free_bytes": psutil.virtual_memory().available,
            }
    except psutil.Error:
        return {}  # it has ended: the runner records that, with the exit code


def _waited_s(pid: int) -> float:
    """Seconds in which its threads were ready and had no core, added up over their lives so far;
    0 where the system does not tell (``/proc/PID/task/*/schedstat``, the second figure).
    """
    waited_ns = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):
            waited_ns += int(path.read_text().split()[1])
    return waited_ns / 1e9

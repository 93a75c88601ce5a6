"""Watches a kernel while it works: time, memory, being stopped; and says what it died of."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from granite_ws.edges.clock import Clock
from granite_ws.edges.kernel import Kernel
from granite_ws.edges.session_processes import session_processes
from granite_ws.matrix.record import Status

_LOOK_S = 0.25
# A session that is interrupted ends its server and its clients before its notebook ends.
_GRACE_S = 15.0
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


class KernelWatch(threading.Thread):
    """Interrupts, then kills, a kernel that takes too long or is asked to stop; kills at once one
    that takes too much memory.

    status, why: set before it acts; None and '' while there was no reason to.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        folder: Path,
        seconds: float,
        memory_mb: float,
        is_stopped: Callable[[], bool],
        clock: Clock,
    ) -> None:
        """folder: where its sessions are; their processes count as its own."""
        super().__init__(name="kernel watch", daemon=True)
        self.status: Status | None = None
        self.why = ""
        self._kernel = kernel
        self._folder = folder
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._is_stopped = is_stopped
        self._clock = clock
        self._begun_ns = clock.now_ns()
        self._killed_at_ns: int | None = None
        self._over = threading.Event()
        self._oom_kills = oom_kills()

    def run(self) -> None:
        """Looks four times a second until it is stopped."""
        while not self._over.wait(_LOOK_S):
            if self.status is None:
                self._look()
            elif self._killed_at_ns is not None and self._clock.now_ns() > self._killed_at_ns:
                self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """No more looks; returns when the last one is over."""
        self._over.set()
        self.join()

    def cause_of_death(self) -> tuple[Status, str]:
        """Why the kernel is gone: what was done to it here, else what its exit code tells."""
        if self.status is not None:
            return self.status, self.why
        return Status.DIED, why_it_died(self._kernel.exit_code, oom_kills() - self._oom_kills)

    def _look(self) -> None:
        if self._is_stopped():
            self._interrupt(Status.STOPPED, "stopped with Ctrl-C")
        elif (self._clock.now_ns() - self._begun_ns) / 1e9 > self._seconds:
            words = f"the notebook took longer than limits.notebook_s = {self._seconds:g} s"
            self._interrupt(Status.TIMED_OUT, words)
        elif self._memory_mb:
            used = self._used_mb()
            if used > self._memory_mb:
                self.status = Status.DIED
                self.why = (
                    f"out of memory: kernel and session used {used:.0f} MB, "
                    f"limits.memory_mb = {self._memory_mb:g}"
                )
                self._signal(signal.SIGKILL)

    def _interrupt(self, status: Status, why: str) -> None:
        self.status, self.why = status, why
        self._killed_at_ns = self._clock.now_ns() + int(_GRACE_S * 1e9)
        self._signal(signal.SIGINT)

    def _signal(self, number: signal.Signals) -> None:
        if self._kernel.pid is not None and self._kernel.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self._kernel.pid, number)

    def _used_mb(self) -> float:
        """Resident memory of the kernel, what it started, and its sessions' processes."""
        if self._kernel.pid is None:
            return 0.0
        found = {p.pid: p for p in session_processes(self._folder)}
        with suppress(psutil.Error):
            own = psutil.Process(self._kernel.pid)
            found |= {p.pid: p for p in (own, *own.children(recursive=True))}
        return sum(_resident(process) for process in found.values()) / 1e6


def why_it_died(exit_code: int | None, oom_kills_since: int) -> str:
    """One line: out of memory, killed, crashed, or left by itself."""
    if exit_code is None:
        return "the kernel stopped answering"
    if exit_code >= 0:
        return f"the kernel left by itself with exit code {exit_code}"
    try:
        number = signal.Signals(-exit_code)
    except ValueError:
        # Real-time signals have no name.
        return f"the kernel was ended from outside (signal {-exit_code})"
    if number is signal.SIGKILL and oom_kills_since > 0:
        return "out of memory: the system's out-of-memory killer was at work (SIGKILL)"
    if number in _CRASHES:
        return f"the kernel crashed in native code ({number.name})"
    return f"the kernel was ended from outside ({number.name})"


def oom_kills() -> int:
    """How many processes the system's out-of-memory killer has ended since the machine started;
    0 where the system does not tell.
    """
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0

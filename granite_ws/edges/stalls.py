"""Two heartbeats inside the server: an OS thread, and a task of the server's own event loop.

Both beat every 50 ms (0.1 % of a core). A gap in both means that nothing could run: the GIL was
held, or the process was stopped. A gap in the task alone means that the loop or hub was blocked.
In threading mode the task is a thread too, and both see the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from granite_ws.edges.async_mode import native
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind

BEAT_S = 0.05


class StallMonitor:
    """Records a STALL whenever one beat came later than ``threshold_s`` after it was due."""

    def __init__(self, name: str, recorder: Recorder, *, threshold_s: float) -> None:
        self.name = name
        self._recorder = recorder
        self._threshold_s = threshold_s
        self._over = threading.Event()
        self._longest_s = 0.0
        self._beats = 0

    def run(self, sleep: Callable[[float], object]) -> None:
        """Beats until ``stop``; ``sleep`` decides which scheduler is watched."""
        self._recorder.record(Kind.MONITOR_STARTED, monitor=self.name, beat_s=BEAT_S)
        now_ns = self._recorder.clock.now_ns
        before = now_ns()
        while not self._over.is_set():
            sleep(BEAT_S)
            now = now_ns()
            self._judge(before, (now - before) / 1e9 - BEAT_S)
            before = now
        self._recorder.record(
            Kind.MONITOR_ENDED, monitor=self.name, beats=self._beats, longest_s=self._longest_s
        )

    def stop(self) -> None:
        """Lets ``run`` end with its next beat."""
        self._over.set()

    def _judge(self, began_ns: int, late_s: float) -> None:
        self._beats += 1
        self._longest_s = max(self._longest_s, late_s)
        if late_s >= self._threshold_s:
            self._recorder.record(Kind.STALL, monitor=self.name, seconds=late_s, began_ns=began_ns)


def watch_thread(recorder: Recorder, *, threshold_s: float) -> StallMonitor:
    """Starts the OS-thread heartbeat: a real thread and a real sleep in every async mode.

    ``recorder`` must not log: under gevent the logger's locks belong to the hub.
    """
    monitor = StallMonitor("thread", recorder, threshold_s=threshold_s)
    native("_thread", "start_new_thread")(monitor.run, (native("time", "sleep"),))
    return monitor

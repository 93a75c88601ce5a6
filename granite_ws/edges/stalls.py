"""Two heartbeats inside the server: an OS thread, and a task of the server's own event loop.

Both beat every 50 ms (0.1 % of a core). A gap in both means that nothing could run: the GIL was
held, or the process was stopped; how much processor time passed meanwhile tells which. A gap in
the task alone means that the loop or hub was blocked. In threading mode the task is a thread too,
and both see the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from granite_ws.edges.async_mode import native
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.schedule import Usage, usage_now
from granite_ws.events import Kind

BEAT_S = 0.05


class StallMonitor:
    """Records a STALL whenever one beat came later than ``threshold_s`` after it was due.

    facts: written with every event (which clients a client's monitor belongs to, say).
    """

    def __init__(
        self,
        name: str,
        recorder: Recorder,
        *,
        threshold_s: float,
        facts: dict[str, Any] | None = None,
        each_beat: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.beaten_ns = 0  # when it last beat; 0 before the first beat and after the last
        self._recorder = recorder
        self._threshold_s = threshold_s
        self._facts = facts or {}
        self._each_beat = each_beat
        self._over = threading.Event()
        self._longest_s = 0.0
        self._late_s = 0.0
        self._beats = 0
        self._before: Usage | None = None

    def run(self, sleep: Callable[[float], object]) -> None:
        """Beats until ``stop``; ``sleep`` decides which scheduler is watched."""
        self.begin()
        while not self._over.is_set():
            sleep(BEAT_S)
            self.beat()
        self.end()

    def begin(self) -> None:
        """The first beat; for a loop that cannot call ``run``."""
        self._recorder.record(
            Kind.MONITOR_STARTED, monitor=self.name, beat_s=BEAT_S, **self._facts
        )
        self.beaten_ns = self._recorder.clock.now_ns()
        self._before = usage_now()

    def beat(self) -> None:
        """One beat; a late one is recorded as a stall, with what the process did meanwhile."""
        now, usage = self._recorder.clock.now_ns(), usage_now()
        late_s = (now - self.beaten_ns) / 1e9 - BEAT_S
        self._beats += 1
        self._late_s += max(late_s, 0.0)
        self._longest_s = max(self._longest_s, late_s)
        if late_s >= self._threshold_s and self._before is not None:
            self._recorder.record(
                Kind.STALL,
                monitor=self.name,
                seconds=late_s,
                began_ns=self.beaten_ns,
                **usage.since(self._before),
                **self._facts,
            )
        self.beaten_ns, self._before = now, usage
        self._each_beat()

    def pause(self, seconds: float) -> None:
        """A sleep for ``run`` on a thread, which ``stop`` cuts short."""
        self._over.wait(seconds)

    @property
    def over(self) -> bool:
        """Whether ``stop`` was called."""
        return self._over.is_set()

    def end(self) -> None:
        """What all beats came to."""
        self.beaten_ns = 0
        self._recorder.record(
            Kind.MONITOR_ENDED,
            monitor=self.name,
            beats=self._beats,
            longest_s=self._longest_s,
            mean_late_s=self._late_s / max(self._beats, 1),
            **self._facts,
        )

    def stop(self) -> None:
        """Lets ``run`` end with its next beat."""
        self._over.set()


def watch_thread(
    recorder: Recorder,
    *,
    threshold_s: float,
    facts: dict[str, Any] | None = None,
    each_beat: Callable[[], None] = lambda: None,
) -> StallMonitor:
    """Starts the OS-thread heartbeat: a real thread and a real sleep in every async mode.

    ``recorder`` must not log: under gevent the logger's locks belong to the hub.
    """
    monitor = StallMonitor(
        "thread", recorder, threshold_s=threshold_s, facts=facts, each_beat=each_beat
    )
    native("_thread", "start_new_thread")(monitor.run, (native("time", "sleep"),))
    return monitor

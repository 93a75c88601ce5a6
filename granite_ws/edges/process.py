"""Child processes of a session: started, watched through the event file, ended by their pid."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from granite_ws.edges.clock import Clock
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.errors import SessionFailed
from granite_ws.events import Event, Kind

_GRACE_S = 5.0


class ChildProcess:
    """One child of ours; its end is recorded with the exit code, whatever ended it."""

    def __init__(
        self, role: str, arguments: list[str], recorder: Recorder, *, output: Path | None = None
    ) -> None:
        """Starts ``python -m`` with the arguments; both its outputs are appended to ``output``."""
        self.role = role
        self._recorder = recorder
        self._told = False
        with open(output or os.devnull, "ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                # Ctrl-C in the terminal goes to the runner alone, which ends its children.
                start_new_session=True,
            )
        recorder.record(Kind.PROCESS_STARTED, role=role, pid=self.pid)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ended(self) -> int | None:
        """The exit code (negative: the signal) once it has ended, recorded the first time."""
        code = self._process.poll()
        if code is not None and not self._told:
            self._told = True
            self._recorder.record(
                Kind.PROCESS_ENDED, role=self.role, pid=self.pid, exit_code=code, asked=False
            )
        return code

    def end(self) -> None:
        """SIGTERM, then SIGKILL after a grace; returns when the process is gone."""
        if self.ended() is not None:
            return
        self._process.terminate()
        try:
            code = self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._told = True
        self._recorder.record(
            Kind.PROCESS_ENDED, role=self.role, pid=self.pid, exit_code=code, asked=True
        )


def wait_for(
    events: Path, kind: Kind, child: ChildProcess, clock: Clock, *, seconds: float
) -> Event:
    """The first event of this kind, as soon as it is in the file.

    Raises SessionFailed when the child ends before it, or none comes within ``seconds``.
    """
    deadline = clock.now_ns() + int(seconds * 1e9)
    while True:
        code = child.ended()
        found = read_events(events).of(kind)
        if found:
            return found[0]
        if code is not None:
            raise SessionFailed(f"the {child.role} ended with exit code {code} before {kind}")
        if clock.now_ns() > deadline:
            raise SessionFailed(f"the {child.role} gave no {kind} within {seconds:g} s")
        clock.sleep(0.05)


def watch_until(deadline_ns: int, clock: Clock, tick: Callable[[], bool]) -> None:
    """Calls ``tick`` ten times a second until the deadline, or until it returns False."""
    while clock.now_ns() < deadline_ns and tick():
        clock.sleep(0.1)

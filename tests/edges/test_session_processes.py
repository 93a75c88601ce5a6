"""Processes of sessions, found by what the sessions wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from granite_ws.edges.clock import Clock
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.session_processes import end_session_processes, session_processes
from granite_ws.edges.store import EVENTS_FILE
from granite_ws.events import Event, Kind, Witness

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_what_a_session_left_is_found_and_ended(tmp_path: Path) -> None:
    """A child that a session's file names is found, ended, and then found no more."""
    (tmp_path / "session").mkdir()
    with subprocess.Popen(SLEEP) as child:
        recorder = Recorder(Witness.RUNNER, tmp_path / "session" / EVENTS_FILE)
        recorder.record(Kind.PROCESS_STARTED, role="server", pid=child.pid)
        recorder.close()
        assert [child.pid] == [process.pid for process in session_processes(tmp_path)]
        assert 1 == end_session_processes(tmp_path)
        # psutil may have reaped it, and then its exit code is gone.
        assert child.poll() is not None
    assert session_processes(tmp_path) == []


def test_a_namesake_is_left_alone(tmp_path: Path) -> None:
    """A process that began long after the event is another one with the same id."""
    with subprocess.Popen(SLEEP) as child:
        event = Event(
            Clock().now_ns(),
            "2026-01-01T00:00:00.000000+00:00",
            Witness.RUNNER,
            Kind.PROCESS_STARTED,
            data={"role": "server", "pid": child.pid},
        )
        (tmp_path / EVENTS_FILE).write_text(event.to_line() + "\nbroken\n")
        assert end_session_processes(tmp_path) == 0
        assert child.poll() is None
        child.kill()

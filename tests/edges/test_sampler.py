"""The sampler, on this very process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.sampler import Sampler
from granite_ws.edges.store import read_events
from granite_ws.events import Event, Kind, Witness

LIMIT_S = 20


class Told(Recorder):
    """A pen that tells when one role was sampled."""

    def __init__(self, path: Path, role: str) -> None:
        super().__init__(Witness.SAMPLER, path)
        self.sampled = threading.Event()
        self._role = role

    def record(self, kind: Kind, *, sid: str | None = None, **data: Any) -> Event:
        made = super().record(kind, sid=sid, **data)
        if kind is Kind.SAMPLE and data["role"] == self._role:
            self.sampled.set()
        return made


def test_it_reads_a_living_process(tmp_path: Path) -> None:
    """Role, pid, memory, threads and open files of this test."""
    pen = Told(tmp_path / "events.jsonl", "server")
    sampler = Sampler(pen, {"server": os.getpid()})
    sampler.start()
    assert pen.sampled.wait(LIMIT_S)
    sampler.stop()
    first = read_events(tmp_path / "events.jsonl").of(Kind.SAMPLE)[0].data
    assert ("server", os.getpid()) == (first["role"], first["pid"])
    assert first["rss_bytes"] > 10_000_000
    assert first["threads"] >= 2
    assert first["fds"] >= 3


def test_an_ended_process_does_not_stop_it(tmp_path: Path) -> None:
    """When one of two has ended, the other goes on being sampled."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    pen = Told(tmp_path / "events.jsonl", "server")
    # The one that has ended is asked first.
    sampler = Sampler(pen, {"probe": child.pid, "server": os.getpid()})
    child.communicate()
    sampler.start()
    assert pen.sampled.wait(LIMIT_S)
    sampler.stop()
    found = read_events(tmp_path / "events.jsonl").of(Kind.SAMPLE)
    assert {"server"} == {event.data["role"] for event in found}

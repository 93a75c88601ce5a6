"""The sampler, on this very process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.sampler import Sampler
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness

LIMIT_S = 20


def samples(path: Path, roles: dict[str, int], wanted: int) -> list[dict[str, object]]:
    sampler = Sampler(Recorder(Witness.SAMPLER, path), roles)
    sampler.start()
    deadline = time.monotonic() + LIMIT_S
    while len(read_events(path).of(Kind.SAMPLE)) < wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    sampler.stop()
    return [dict(event.data) for event in read_events(path).of(Kind.SAMPLE)]


def test_it_reads_a_living_process(tmp_path: Path) -> None:
    """Role, pid, memory, threads and open files of this test."""
    first = samples(tmp_path / "events.jsonl", {"server": os.getpid()}, 1)[0]
    assert ("server", os.getpid()) == (first["role"], first["pid"])
    assert int(str(first["rss_bytes"])) > 10_000_000
    assert int(str(first["threads"])) >= 2
    assert int(str(first["fds"])) >= 3


def test_an_ended_process_does_not_stop_it(tmp_path: Path) -> None:
    """When one of two has ended, the other goes on being sampled."""
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=-1)
    roles = {"probe": child.pid, "server": os.getpid()}
    sampler = Sampler(Recorder(Witness.SAMPLER, tmp_path / "events.jsonl"), roles)
    child.communicate()
    sampler.start()
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        found = read_events(tmp_path / "events.jsonl").of(Kind.SAMPLE)
        if found:
            break
        time.sleep(0.02)
    sampler.stop()
    assert {"server"} == {event.data["role"] for event in found}

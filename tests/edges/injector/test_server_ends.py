"""How a server is ended: by itself, from outside, or in favour of a successor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from granite_ws.edges.injector.launch import WATCHED_FILE
from granite_ws.edges.injector.server_ends import SCENES
from granite_ws.edges.injector.stage import Scene
from granite_ws.edges.process import ChildProcess
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.edges.survivors import survivors
from granite_ws.events import Kind, Witness
from granite_ws.settings import Settings
from granite_ws.trial import run_trial

# A process of its own for each act: none of them comes back.
_ACT = """
import sys
from pathlib import Path
from granite_ws.edges.injector.server_ends import ACTS
from granite_ws.edges.injector.stage import ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Witness
from granite_ws.settings import Settings
fault = sys.argv[1]
recorder = Recorder(Witness.INJECTOR, Path(sys.argv[2]))
ACTS[fault](ServerStage(Settings(fault=fault), recorder, None, None, emit=print), 0.35)
"""
# Holds a client's connection, and forks when it is ordered to.
_FORKING = """
import socket, sys
from granite_ws.edges.injector.server_ends import ACTS
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for line in sys.stdin:
    ACTS["fork_inherited_socket"](None, 1.0)
"""
# A parent that replaces its child on SIGHUP, or when a file has changed.
_REPLACING = """
import os, signal, subprocess, sys, time
due = []
signal.signal(signal.SIGHUP, lambda *_: due.append(1))
start = lambda: subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
child, size = start(), os.stat(sys.argv[1]).st_size
print("up", flush=True)
while True:
    time.sleep(0.01)
    now = os.stat(sys.argv[1]).st_size
    if due or now != size:
        due.clear()
        size = now
        child.kill()
        child.wait()
        child = start()
"""


def effects(events: Path) -> dict[str, float]:
    told = read_events(events).of(Kind.FAULT_EFFECT)
    return {event.data["what"]: event.data["amount"] for event in told}


@pytest.mark.parametrize(
    ("fault", "exit_code", "what"),
    [
        ("oom_kill", -signal.SIGKILL, "bytes filled"),
        ("native_crash", -signal.SIGSEGV, "null pointers read"),
        ("abrupt_exit", 9, "exit code"),
    ],
)
def test_a_server_ends_itself(tmp_path: Path, fault: str, exit_code: int, what: str) -> None:
    """With the exit status that the fault is about, and what it did written down before."""
    events = tmp_path / "events.jsonl"
    ended = subprocess.run([sys.executable, "-c", _ACT, fault, str(events)], capture_output=True)
    assert exit_code == ended.returncode, ended.stderr
    assert effects(events)[what] > 0


@pytest.fixture
def replacing(tmp_path: Path) -> Iterator[int]:
    """A parent with one child, as a reloader and gunicorn's master are; its pid."""
    (tmp_path / WATCHED_FILE).write_text("STEPS = 96\n")
    command = [sys.executable, "-S", "-c", _REPLACING, str(tmp_path / WATCHED_FILE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        for pid in (*[one["pid"] for one in survivors(process.pid)], process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def scene(tmp_path: Path, fault: str, server: Any) -> Scene:
    path = tmp_path / "events.jsonl"
    return Scene(
        Settings(fault=fault),
        Recorder(Witness.INJECTOR, path),
        path,
        cast(Any, server),
        {},
        None,
        threading.Event(),
        cast(Any, None),
    )


@pytest.mark.parametrize("fault", ["dev_reloader", "restart_invalid_session"])
def test_a_successor_takes_over(tmp_path: Path, replacing: int, fault: str) -> None:
    """By a changed file or by SIGHUP: the effect counts the process that is gone."""
    before = psutil.Process(replacing).children()
    SCENES[fault](scene(tmp_path, fault, SimpleNamespace(pid=replacing)), 1.0)
    assert {"processes replaced": 1} == effects(tmp_path / "events.jsonl")
    assert not before[0].is_running()


def test_a_kill_from_outside_is_sigkill(tmp_path: Path, replacing: int) -> None:
    """The process has no say in it."""
    parent = psutil.Process(replacing)
    SCENES["killed_from_outside"](
        scene(tmp_path, "killed_from_outside", SimpleNamespace(pid=replacing)), 0
    )
    assert -signal.SIGKILL == parent.wait(10) or not parent.is_running()
    assert {"signals sent": 1} == effects(tmp_path / "events.jsonl")


def runs(pid: int) -> bool:
    """Whether it does anything; one that waits to be buried does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_orphan_keeps_the_connection_and_is_ended(tmp_path: Path) -> None:
    """It is held while the fault lasts; then nobody is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        recorder = Recorder(Witness.RUNNER, tmp_path / "events.jsonl")
        command = [sys.executable, "-c", _FORKING, str(listener.getsockname()[1])]
        server = ChildProcess("server", command, recorder, output=tmp_path / "log")
        listener.settimeout(30)
        accepted, _ = listener.accept()
        SCENES["fork_inherited_socket"](scene(tmp_path, "fork_inherited_socket", server), 0.5)
        assert {"connections kept open": 1} == effects(tmp_path / "events.jsonl")
        accepted.settimeout(10)
        assert b"" == accepted.recv(1)
        accepted.close()
    assert -signal.SIGKILL == server.ended()
    assert [one for one in survivors(server.pid) if runs(one["pid"])] == []


def test_a_session_over_before_the_fork_is_left_alone(tmp_path: Path) -> None:
    """Whatever waits ends with the session."""
    own = SimpleNamespace(pid=os.getpid(), order=lambda **_: None)
    over = scene(tmp_path, "fork_inherited_socket", own)
    over.over.set()
    SCENES["fork_inherited_socket"](over, 1.0)
    assert {} == effects(tmp_path / "events.jsonl")


def test_a_real_crash_is_named_blind(tmp_path: Path) -> None:
    """The whole way, with Python clients only: injected, recorded, diagnosed, its line told."""
    trial = run_trial("native_crash", out=tmp_path / "s", client_kinds="python")
    assert "no node client lost its connection" == trial.void
    assert ("native_crash",) == trial.named
    (finding,) = [f for f in trial.verdict.findings if f.cause == "native_crash"]
    assert "server_ends.py" in finding.blocked_at

"""How clients are stopped, killed and shown out: against real processes and a real server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import socketio

from granite_ws.edges.injector.clients import ACTS, SCENES
from granite_ws.edges.injector.stage import Scene, ServerStage
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness
from granite_ws.settings import Settings
from granite_ws.trial import run_trial


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing for a minute."""
    command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(command) as process:
        yield process
        process.kill()


def scene_of(tmp_path: Path, fault: str, process: subprocess.Popen[bytes]) -> Scene:
    path = tmp_path / "events.jsonl"
    absent: Any = None
    probe: Any = SimpleNamespace(pid=process.pid)
    return Scene(
        settings=Settings(fault=fault),
        recorder=Recorder(Witness.INJECTOR, path),
        events=path,
        server=absent,
        probes={"node": probe},
        relay=None,
        over=threading.Event(),
        restart_server=lambda: absent,
    )


def effect_of(path: Path) -> float:
    amount: float = read_events(path).of(Kind.FAULT_EFFECT)[-1].data["amount"]
    return amount


def test_a_suspended_client_runs_again(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """It is stopped for the time that was asked for, and continued in the end."""
    scene = scene_of(tmp_path, "client_suspended", sleeper)
    SCENES["client_suspended"](scene, 0.1)
    assert effect_of(scene.events) >= 0.1
    assert psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED


def test_a_session_that_ends_heals_the_suspension(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    """Nobody waits out the rest, and the client runs again."""
    scene = scene_of(tmp_path, "client_suspended", sleeper)
    scene.over.set()
    SCENES["client_suspended"](scene, 60)
    assert psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED


def test_a_killed_client_is_dead(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """The effect is measured on the process, not assumed."""
    scene = scene_of(tmp_path, "client_killed", sleeper)
    SCENES["client_killed"](scene, 0)
    assert effect_of(scene.events) == 1
    assert sleeper.wait(5) == -9


def test_everybody_who_is_there_is_shown_out(tmp_path: Path) -> None:
    """``disconnect`` is called for each connected client, and they are counted."""
    server = socketio.Server(async_mode="threading")
    called: list[str] = []
    server.disconnect = called.append
    server.manager.connect("E1", "/")
    server.manager.connect("E2", "/")
    path = tmp_path / "events.jsonl"
    stage = ServerStage(
        Settings(fault="app_disconnect"),
        Recorder(Witness.INJECTOR, path),
        SimpleNamespace(server=server),
        server.eio,
        emit=lambda *_: None,
    )
    ACTS["app_disconnect"](stage, 0)
    assert len(called) == effect_of(path) == 2


def test_the_asgi_servers_calls_are_run_in_its_loop(tmp_path: Path) -> None:
    """There ``disconnect`` is a coroutine: it is run in the server's loop, and waited for."""
    called: list[tuple[str, str]] = []

    async def disconnect(client_id: str) -> None:
        called.append((client_id, threading.current_thread().name))

    clients = SimpleNamespace(get_participants=lambda *_: [("C1", "E1"), ("C2", "E2")])
    server = SimpleNamespace(manager=clients, disconnect=disconnect)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="event-loop")
    thread.start()
    try:
        recorder = Recorder(Witness.INJECTOR, tmp_path / "events.jsonl")
        settings = Settings(fault="app_disconnect", async_mode="asgi")
        ACTS["app_disconnect"](
            ServerStage(settings, recorder, server, None, emit=lambda *_: None, loop=loop), 0
        )
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert called == [("C1", "event-loop"), ("C2", "event-loop")]


def test_a_client_that_leaves_is_named_in_a_real_session(tmp_path: Path) -> None:
    """A whole trial: injected, not void, and diagnosed blind."""
    trial = run_trial("client_left", out=tmp_path / "s", client_kinds="python,node", duration_s=6)
    assert (trial.void, trial.named) == ("", ("client_left",))

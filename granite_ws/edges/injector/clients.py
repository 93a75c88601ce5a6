"""How clients are stopped, killed, or shown out; what they do themselves is in their probes."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import wait

import psutil

from granite_ws.edges.injector.stage import Act, Prepare, Scene, SceneAct, ServerStage
from granite_ws.edges.injector.suspension import suspended

_LOOK_S = 0.02
_DEATH_WAIT_S = 3.0
_END_WAIT_S = 5.0
# Whose process is killed: not the first client's, which asked for the feed.
_KILLED = "node"


def _suspend(scene: Scene, seconds: float) -> None:
    """SIGSTOP to every process of clients, and SIGCONT in the end."""
    clock = scene.recorder.clock
    pids = [probe.pid for probe in scene.probes.values()]
    begun = clock.now_ns()
    with suspended(pids):
        scene.over.wait(seconds)
        stopped = all(psutil.Process(pid).status() == psutil.STATUS_STOPPED for pid in pids)
        lasted = (clock.now_ns() - begun) / 1e9
        scene.effect("seconds suspended", lasted if stopped else 0.0)


def _kill(scene: Scene, _seconds: float) -> None:
    """SIGKILL to the process of one kind of clients; nobody can heal that, and nobody must."""
    probe = scene.probes[_KILLED]
    os.kill(probe.pid, signal.SIGKILL)
    deadline = scene.recorder.clock.now_ns() + int(_DEATH_WAIT_S * 1e9)
    # The runner alone asks for the exit code; here it is enough that nothing runs any more.
    while not (dead := _is_dead(probe.pid)) and scene.recorder.clock.now_ns() < deadline:
        if scene.over.wait(_LOOK_S):
            break
    scene.effect("processes killed", int(dead))


def _is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _end_all_visits(stage: ServerStage, _seconds: float) -> None:
    """As an application does that ends idle visits, or shows somebody out who signed off."""
    server = getattr(stage.socketio, "server", stage.socketio)
    there = [client_id for client_id, _ in server.manager.get_participants("/", None)]
    endings = [server.disconnect(client_id) for client_id in there]
    if stage.loop is not None:
        wait([asyncio.run_coroutine_threadsafe(end, stage.loop) for end in endings], _END_WAIT_S)
    stage.effect("connections ended by the application", len(there))


PREPARE: dict[str, Prepare] = {}  # in the server, before it listens
ACTS: dict[str, Act] = {"app_disconnect": _end_all_visits}  # in the server, on the runner's order
SCENES: dict[str, SceneAct] = {"client_suspended": _suspend, "client_killed": _kill}

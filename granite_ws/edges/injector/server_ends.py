"""How the faults that end the server are carried out: from within, or by signals from outside."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np
import psutil

from granite_ws.edges.injector.launch import WATCHED_FILE
from granite_ws.edges.injector.stage import Act, Prepare, Scene, SceneAct, ServerStage
from granite_ws.edges.survivors import survivors

# Memory grows by this much each tenth of a second: 1 GB in 5 s.
_CHUNK_BYTES = 20_000_000
_PERIOD_S = 0.1
_AT_ONCE = 3
_EXIT_CODE = 9
_LOOK_S = 0.02
_FORK_WAIT_S = 5.0
# A forked child outlives its server by this much at most (seconds), whatever becomes of us.
_ORPHAN_S = 10.0


# ------------------------------------------------------------------------ the server itself


def _fill_memory(stage: ServerStage, seconds: float) -> None:
    """A cache that never lets go; then the signal that the kernel's OOM killer sends."""
    clock = stage.recorder.clock
    begun = clock.now_ns()
    cache: list[Any] = []
    while (passed := (clock.now_ns() - begun) / 1e9) < seconds:
        # As much as is due by now: a busy machine hands memory out slowly.
        for _ in range(min(int(passed / _PERIOD_S) + 1 - len(cache), _AT_ONCE)):
            cache.append(np.ones(_CHUNK_BYTES // 8))
        clock.sleep(_PERIOD_S)
    stage.effect("bytes filled", sum(part.nbytes for part in cache))
    os.kill(os.getpid(), signal.SIGKILL)


def _crash(stage: ServerStage, _seconds: float) -> None:
    """What a broken native library does."""
    stage.effect("null pointers read", 1)
    ctypes.string_at(0)


def _exit(stage: ServerStage, _seconds: float) -> None:
    """Ends the process without any clean-up."""
    stage.effect("exit code", _EXIT_CODE)
    os._exit(_EXIT_CODE)


def _block_hub(stage: ServerStage, seconds: float) -> None:
    """A long call into a native library, from a greenlet of the server's own hub."""
    gevent: Any = import_module("gevent")
    hub = next(iter(stage.engineio.sockets.values())).queue.hub

    def predict() -> None:
        ctypes.CDLL(None).usleep(int(seconds * 1e6))

    # Written down before: the worker will not live to see the call's end.
    stage.effect("seconds of a native call", seconds)
    hub.loop.run_callback_threadsafe(gevent.spawn, predict)


def _fork(_stage: ServerStage, seconds: float) -> None:
    """A worker process of ``multiprocessing``, started as Linux did by default until 3.14."""
    context = multiprocessing.get_context("fork")
    context.Process(target=time.sleep, args=(seconds + _ORPHAN_S,), daemon=True).start()


# ------------------------------------------------------------------------------ from outside


def _kill(scene: Scene, _seconds: float) -> None:
    os.kill(scene.server.pid, signal.SIGKILL)
    scene.effect("signals sent", 1)


def _change_code(scene: Scene, seconds: float) -> None:
    """Something writes a module that the server's reloader watches: an exported notebook, say."""
    before = _children(scene)
    with (scene.events.parent / WATCHED_FILE).open("a", encoding="utf-8") as module:
        module.write("STEPS = 48\n")
    scene.over.wait(seconds)
    scene.effect("processes replaced", len(before - _children(scene)))


def _reload_gracefully(scene: Scene, seconds: float) -> None:
    """SIGHUP to gunicorn's master: a new worker takes over, the old one finishes what it has."""
    before = _children(scene)
    os.kill(scene.server.pid, signal.SIGHUP)
    scene.over.wait(seconds)
    scene.effect("processes replaced", len(before - _children(scene)))


def _children(scene: Scene) -> set[int]:
    """Process ids below the command that the runner started."""
    return {child.pid for child in psutil.Process(scene.server.pid).children()}


def _orphan(scene: Scene, seconds: float) -> None:
    """Has the server fork, kills it, and ends what it left behind after ``seconds``."""
    server = scene.server
    scene.server.order(fault=scene.settings.fault, seconds=seconds)
    try:
        if not _until(scene, lambda: bool(survivors(server.pid))):
            return
        os.kill(server.pid, signal.SIGKILL)
        left = survivors(server.pid)
        scene.effect("connections kept open", sum(one["connections"] for one in left))
        scene.over.wait(seconds)
    finally:
        _end_survivors(server.pid)


def _end_survivors(leader: int) -> None:
    """Kills what a process left behind, and returns when it is gone."""
    left = []
    for one in survivors(leader):
        with suppress(psutil.NoSuchProcess):
            left.append(psutil.Process(one["pid"]))
            left[-1].kill()
    psutil.wait_procs(left, timeout=_FORK_WAIT_S)


def _until(scene: Scene, holds: Callable[[], bool]) -> bool:
    """Waits for it, at most ``_FORK_WAIT_S``; False when it never came."""
    deadline = scene.recorder.clock.now_ns() + int(_FORK_WAIT_S * 1e9)
    while scene.recorder.clock.now_ns() < deadline and not scene.over.wait(_LOOK_S):
        if holds():
            return True
    return False


PREPARE: dict[str, Prepare] = {}  # in the server, before it listens
ACTS: dict[str, Act] = {  # in the server, on the runner's order
    "oom_kill": _fill_memory,
    "native_crash": _crash,
    "abrupt_exit": _exit,
    "gunicorn_worker_timeout": _block_hub,
    "fork_inherited_socket": _fork,
}
SCENES: dict[str, SceneAct] = {  # in the runner
    "killed_from_outside": _kill,
    "dev_reloader": _change_code,
    "fork_inherited_socket": _orphan,
    "restart_invalid_session": _reload_gracefully,
}

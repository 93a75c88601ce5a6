"""Faults of a server that cannot run."""

from __future__ import annotations

import ctypes

from granite_ws.edges.injector.stage import Act, Prepare, SceneAct, ServerStage


def _hold_gil(stage: ServerStage, seconds: float) -> None:
    """C code that keeps the GIL: ``usleep`` called through PyDLL, which does not release it."""
    begun = stage.recorder.clock.now_ns()
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    held = (stage.recorder.clock.now_ns() - begun) / 1e9
    stage.effect("seconds with the GIL held", held)


PREPARE: dict[str, Prepare] = {}  # in the server, before it listens
ACTS: dict[str, Act] = {"gil_held_native": _hold_gil}  # in the server, on the runner's order
SCENES: dict[str, SceneAct] = {}  # in the runner

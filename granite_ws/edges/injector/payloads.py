"""How the faults of one group are carried out."""

from __future__ import annotations

from granite_ws.edges.injector.stage import Act, Prepare, SceneAct

PREPARE: dict[str, Prepare] = {}  # in the server, before it listens
ACTS: dict[str, Act] = {}  # in the server, on the runner's order
SCENES: dict[str, SceneAct] = {}  # in the runner

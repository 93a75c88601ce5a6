"""The injector inside the server's process: prepares it, then carries out the runner's orders."""

from __future__ import annotations

from typing import Any

from granite_ws.edges.async_mode import native
from granite_ws.edges.injector import (
    clients,
    controls,
    feed,
    network,
    payloads,
    server_ends,
    server_receive,
    server_stalls,
)
from granite_ws.edges.injector.stage import Act, Prepare, ServerStage
from granite_ws.edges.orders import listen
from granite_ws.events import Kind

_GROUPS = (controls, server_stalls, server_receive, server_ends, payloads, clients, network, feed)
PREPARE: dict[str, Prepare] = {n: act for group in _GROUPS for n, act in group.PREPARE.items()}
ACTS: dict[str, Act] = {n: act for group in _GROUPS for n, act in group.ACTS.items()}


def take_orders(stage: ServerStage) -> None:
    """Prepares what the session's fault needs from the start, and listens for orders."""
    fault = stage.settings.fault
    if fault in PREPARE:
        stage.recorder.record(Kind.FAULT_BEGUN, fault=fault)
        PREPARE[fault](stage)
    listen(lambda order: _begin(stage, order))


def _begin(stage: ServerStage, order: dict[str, Any]) -> None:
    """On a real thread of its own, so that the next order is heard meanwhile."""
    native("_thread", "start_new_thread")(_carry_out, (stage, order))


def _carry_out(stage: ServerStage, order: dict[str, Any]) -> None:
    fault, seconds = order["fault"], float(order.get("seconds", 0))
    stage.recorder.record(Kind.FAULT_BEGUN, fault=fault, seconds=seconds)
    try:
        ACTS[fault](stage, seconds)
    finally:
        stage.recorder.record(Kind.FAULT_ENDED, fault=fault)

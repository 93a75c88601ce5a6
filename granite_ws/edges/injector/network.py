"""How the faults of the network and of the heartbeat's settings are carried out.

Those of the wire are carried out by the relay (``edges/wire.py``); here is the rest.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any

import engineio.base_socket
import engineio.socket

from granite_ws.edges import store
from granite_ws.edges.clock import Clock
from granite_ws.edges.injector.stage import Act, Prepare, Scene, SceneAct, ServerStage
from granite_ws.edges.injector.suspension import suspended
from granite_ws.events import Kind

# What is configured; Engine.IO advertises the whole seconds of it (``server.py``: ``int()``).
_FRACTIONAL_S = 1.9
# As a clock jumps that was a minute wrong until NTP first set it: more than any lab's timeout.
_STEP_S = 60.0
_LOOK_S = 0.05
_WAIT_FOR_PING_S = 5.0


# ------------------------------------------------------------------------- the heartbeat's setting


def _set_fractional(stage: ServerStage) -> None:
    stage.engineio.ping_interval = _FRACTIONAL_S


def _measure_fraction(stage: ServerStage, _seconds: float) -> None:
    real = stage.engineio.ping_interval
    stage.effect("seconds of the interval that no client is told", real - int(real))


# ------------------------------------------------------------------------------- the wall clock


class SteppedTime:
    """Stands for the module ``time`` in ``engineio.socket``; its clock jumps once.

    The jump falls between the moment at which a PING is stamped and the check that follows in the
    same call: the shortest case of "while a PONG is due", and the one that needs no luck.
    """

    def __init__(self, real: Any, step_s: float) -> None:
        self._real = real
        self._step_s = step_s
        self.offset_s = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def time(self) -> float:
        """The wall clock's time; the first PING that asks is told the time before the jump."""
        now: float = self._real.time() + self.offset_s
        if not self.offset_s and sys._getframe(1).f_code.co_name == "_send_ping":
            self.offset_s = self._step_s
        return now


def _step_wall_clock(stage: ServerStage, seconds: float) -> None:
    """Steps the clock of the heartbeat, and with it the one of whoever writes its events."""
    clock, real_utc = stage.recorder.clock, Clock.utc
    stepped = SteppedTime(engineio.socket.time, _STEP_S)

    def utc(self: Clock) -> str:
        told = datetime.fromisoformat(real_utc(self)) + timedelta(seconds=stepped.offset_s)
        return told.isoformat(timespec="microseconds")

    setattr(Clock, "utc", utc)  # noqa: B010 (mypy takes a method for a constant)
    # A socket is stamped in one module and checked in the other.
    engineio.socket.time = engineio.base_socket.time = stepped
    deadline = clock.now_ns() + int(max(seconds, _WAIT_FOR_PING_S) * 1e9)
    while not stepped.offset_s and clock.now_ns() < deadline:
        clock.sleep(_LOOK_S)
    stage.effect("seconds that the wall clock jumped", stepped.offset_s)


# --------------------------------------------------------------------- the web server's own pings


def _stop_clients(scene: Scene, seconds: float) -> None:
    """Stops the clients' processes as a suspended laptop does, once all are connected."""
    while not _all_connected(scene):
        if scene.over.wait(_LOOK_S):
            return
    with suspended([probe.pid for probe in scene.probes.values()]):
        scene.over.wait(seconds)
        scene.effect("seconds that the clients were stopped", seconds)


def _all_connected(scene: Scene) -> bool:
    there = {event.data["client"] for event in store.read_events(scene.events).of(Kind.CONNECTED)}
    expected = scene.settings.clients * len(scene.settings.client_kinds.split(","))
    return len(there) >= expected


PREPARE: dict[str, Prepare] = {"fractional_ping_interval": _set_fractional}
ACTS: dict[str, Act] = {
    "fractional_ping_interval": _measure_fraction,
    "wall_clock_step": _step_wall_clock,
}
SCENES: dict[str, SceneAct] = {"second_heartbeat": _stop_clients}

"""The runner's side of a fault: waits for its moment, gives the order, heals on every exit."""

from __future__ import annotations

import threading

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
from granite_ws.edges.injector.stage import Scene, SceneAct
from granite_ws.edges.tail import EventTail
from granite_ws.events import Kind
from granite_ws.faults import BY_NAME, Fault, Place

_GROUPS = (controls, server_stalls, server_receive, server_ends, payloads, clients, network, feed)
SCENES: dict[str, SceneAct] = {n: act for group in _GROUPS for n, act in group.SCENES.items()}
# How often the event file is looked at for the PING that starts the count (seconds).
_LOOK_S = 0.01


class Director(threading.Thread):
    """Carries one fault out, at a fixed phase after a PING of the first client."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(name="director", daemon=True)
        self._scene = scene
        self._fault: Fault = BY_NAME[scene.settings.fault]
        self.restarting = False  # set by ``run`` while a successor of the server may be due

    def run(self) -> None:
        """Waits until every client is there and the next PING is out; then acts."""
        scene, fault = self._scene, self._fault
        if not fault.standing and not self._wait_for_phase():
            return
        seconds = scene.settings.fault_seconds or fault.seconds
        if fault.name in SCENES:
            self._act_outside(SCENES[fault.name], seconds)
        elif fault.place is Place.SERVER:
            scene.server.order(fault=fault.name, seconds=seconds)
        elif fault.place is Place.WIRE and scene.relay is not None:
            scene.relay.order(**{"fault": fault.name, "seconds": seconds, **fault.order})
        elif fault.place is Place.CLIENT:
            for probe in scene.probes.values():
                probe.order(**{"fault": fault.name, "seconds": seconds, **fault.order})

    def _act_outside(self, act: SceneAct, seconds: float) -> None:
        recorder, name = self._scene.recorder, self._fault.name
        recorder.record(Kind.FAULT_BEGUN, fault=name, seconds=seconds)
        self.restarting = True
        try:
            act(self._scene, seconds)
        finally:
            self.restarting = False
            recorder.record(Kind.FAULT_ENDED, fault=name)

    def _wait_for_phase(self) -> bool:
        """False when the session is over before the moment came."""
        settings, over = self._scene.settings, self._scene.over
        expected = settings.clients * len(settings.client_kinds.split(","))
        tail = EventTail(self._scene.events)
        there: set[int] = set()
        first: str | None = None
        while not over.wait(_LOOK_S):
            for event in tail.new():
                if event.kind is Kind.CONNECTED:
                    there.add(event.data["client"])
                    first = event.sid if event.data["client"] == 1 else first
                ready = len(there) >= expected and event.kind is Kind.PING_QUEUED
                if ready and event.sid == first:
                    due_s = settings.fault_at_s
                    late_s = (self._scene.recorder.clock.now_ns() - event.at_ns) / 1e9
                    return not over.wait(max(due_s - late_s, 0.0))
        return False

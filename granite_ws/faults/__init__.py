"""What can be broken on purpose: the catalogue of faults, as plain data."""

from __future__ import annotations

from granite_ws.faults import (
    clients,
    feed,
    network,
    payloads,
    server_ends,
    server_receive,
    server_stalls,
)
from granite_ws.faults.controls import CONTROLS
from granite_ws.faults.fault import LAB, Fault, Place

FAULTS: tuple[Fault, ...] = (
    *server_stalls.FAULTS,
    *server_receive.FAULTS,
    *server_ends.FAULTS,
    *payloads.FAULTS,
    *clients.FAULTS,
    *network.FAULTS,
    *feed.FAULTS,
)
BY_NAME = {fault.name: fault for fault in (*FAULTS, *CONTROLS)}

__all__ = ["BY_NAME", "CONTROLS", "FAULTS", "LAB", "Fault", "Place"]

"""Faults: network."""

from __future__ import annotations

from granite_ws.faults.fault import Fault

FAULTS: tuple[Fault, ...] = ()

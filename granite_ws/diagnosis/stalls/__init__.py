"""Causes: the server process lives, and cannot run."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Check

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = ()

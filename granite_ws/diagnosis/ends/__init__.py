"""Causes: the server process ended."""

from __future__ import annotations

from granite_ws.diagnosis.ends import server_ended
from granite_ws.diagnosis.finding import Check

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (server_ended.check,)

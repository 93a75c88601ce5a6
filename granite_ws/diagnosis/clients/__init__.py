"""Causes: the client could not run, or left."""

from __future__ import annotations

from granite_ws.diagnosis.clients import (
    app_disconnect,
    client_killed,
    client_left,
    client_suspended,
    js_main_thread_blocked,
    notebook_loop_blocked,
)
from granite_ws.diagnosis.finding import Check

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (
    client_killed.check,
    app_disconnect.check,
    client_left.check,
    client_suspended.check,
    js_main_thread_blocked.check,
    notebook_loop_blocked.check,
)

"""Causes: the server process ended."""

from __future__ import annotations

from granite_ws.diagnosis.ends import (
    abrupt_exit,
    dev_reloader,
    fork_inherited_socket,
    gunicorn_worker_timeout,
    killed_from_outside,
    native_crash,
    oom_kill,
    restart_invalid_session,
    server_ended,
)
from granite_ws.diagnosis.finding import Check

# The special before the general: the first that explains a drop names it.
CHECKS: tuple[Check, ...] = (
    oom_kill.check,
    native_crash.check,
    abrupt_exit.check,
    killed_from_outside.check,
    fork_inherited_socket.check,
    dev_reloader.check,
    gunicorn_worker_timeout.check,
    restart_invalid_session.check,
    server_ended.check,
)

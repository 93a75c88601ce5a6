"""Who lives on when a process has ended: what it forked, and the sockets that these still hold."""

from __future__ import annotations

import os
from typing import Any

import psutil


def survivors(leader: int) -> list[dict[str, Any]]:
    """Processes of the session that ``leader`` (a pid) led: ``pid`` and ``connections`` (TCP,
    established). A socket that a fork inherited stays open at its other end.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == leader or os.getsid(process.pid) != leader:
                continue
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            found.append({"pid": process.pid, "connections": _established(process)})
        except (psutil.Error, OSError):
            continue  # it has just ended, or is not ours to look at
    return found


def _established(process: psutil.Process) -> int:
    connections = process.net_connections(kind="tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in connections)

"""The processes that the sessions under a folder started and that still run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

from granite_ws.edges.store import EVENTS_FILE
from granite_ws.events import Kind

# Sessions that nobody named are put under this folder, where it is set.
SESSIONS_VARIABLE = "GRANITE_WS_SESSIONS"
_MARK = f'"{Kind.PROCESS_STARTED.value}"'
_END_S = 5.0


def session_processes(folder: Path) -> list[psutil.Process]:
    """Those that were started by a session whose folder lies under ``folder``, and no namesake:
    a process that began after the event is another one with the same id.
    """
    found = []
    for events in folder.rglob(EVENTS_FILE):
        for pid, began in _started(events):
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= began + 1:
                    found.append(process)
    return found


def end_session_processes(folder: Path) -> int:
    """Ends what outlived its session's runner, and says how many there were."""
    left = session_processes(folder)
    left += [child for process in left for child in _children(process)]
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=_END_S)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    return len(left)


def _started(events: Path) -> Iterator[tuple[int, float]]:
    """Process id and the wall clock's seconds of its start."""
    with suppress(OSError), events.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if _MARK in line:
                with suppress(ValueError, KeyError, TypeError):
                    record = json.loads(line)
                    at = datetime.fromisoformat(record["utc"]).timestamp()
                    yield int(record["data"]["pid"]), at


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []

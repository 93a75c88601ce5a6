"""The server under gunicorn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from granite_ws import Settings
from granite_ws.edges import store
from granite_ws.edges.injector.launch import LAUNCHES
from granite_ws.events import Event, Kind

LIMIT_S = 60.0


def listening(folder: Path) -> Event:
    """Waits until a worker has told that it listens."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        told = store.read_events(folder / store.EVENTS_FILE).of(Kind.LISTENING)
        if told:
            return told[0]
        time.sleep(0.05)
    raise AssertionError((folder / store.LOG_FILE).read_text())


def test_a_worker_serves_a_session(tmp_path: Path) -> None:
    """The worker tells its own process and the master's port, and answers there."""
    settings = Settings(engine="smoothing", data="sensor", hub_timeout_s=0)
    store.create_session(folder := tmp_path / "s", settings, {})
    command = LAUNCHES["restart_invalid_session"](folder, settings)
    with (folder / store.LOG_FILE).open("wb") as sink:
        master = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
    try:
        told = listening(folder)
        assert master.pid != told.data["pid"]
        url = f"http://127.0.0.1:{told.data['port']}/api/status"
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert "exponential-smoothing" == json.load(answer)["model_info"]["engine"]
    finally:
        master.terminate()
        try:
            master.wait(20)
        finally:
            master.kill()


def test_the_masters_module_opens_nothing() -> None:
    """It is loaded before gevent patches the standard library: no socket library comes along."""
    code = "import sys, granite_ws.wsgi\nprint([n for n in ('flask', 'ssl') if n in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "[]" == shown.stdout.strip()

"""A real server with its HTTP API, in this process, on a port of 127.0.0.1."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from granite_ws.edges.store import read_events
from granite_ws.events import EventLog
from granite_ws.serve import assemble
from granite_ws.settings import Settings


class Api:
    """A server that listens, its model loaded. Use it in a ``with``."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        given = {"engine": "smoothing", "data": "elnino", "log_level": "ERROR", **settings}
        self.path = folder / "events.jsonl"
        self.made = assemble(
            Settings(**{"logger": False, "engineio_logger": False, **given}), events=self.path
        )
        self.client = self.made.server.app.test_client()
        self.url = ""

    def __enter__(self) -> Api:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = self.made.server.start(self._listener)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.made.desk.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.made.desk.close(0)
        self._stop()
        self._listener.close()

    @property
    def events(self) -> EventLog:
        return read_events(self.path)

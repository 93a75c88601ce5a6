"""The server under gunicorn, which forks its workers and ends them as it sees fit.

    gunicorn -c python:granite_ws.wsgi "granite_ws.wsgi:from_session('FOLDER')"

gunicorn's master loads this module as its configuration, before a worker patches the standard
library for gevent: at its top it imports nothing that opens a socket or starts a thread.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

_OWN = "granite_ws"  # where the application keeps what belongs to it


def from_session(folder: str) -> Flask:
    """The application of a session folder, made anew in each worker. Raises as ``serve``."""
    from granite_ws.edges.store import EVENTS_FILE, read_session
    from granite_ws.serve import assemble

    path = Path(folder)
    made = assemble(read_session(path).settings, events=path / EVENTS_FILE)
    app: Flask = made.server.app
    app.extensions[_OWN] = made
    return app


def post_worker_init(worker: Any) -> None:
    """gunicorn's hook: the worker has the application, and is about to accept."""
    # Before the master counts the seconds: a first forecast that imports this for seconds would
    # block a gevent worker.
    import_module("granite_ws.holt_winters")
    made = worker.wsgi.extensions[_OWN]
    host, port = worker.sockets[0].getsockname()[:2]
    made.tell_port(host, port)
    made.server.watch_stalls()
    made.desk.start()

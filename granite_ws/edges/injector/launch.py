"""Faults that lie in how the server is started: another command, or another output."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from granite_ws.errors import SettingsError
from granite_ws.settings import Settings

Launch = Callable[[Path, Settings], list[str]]

# The module that a reloader watches: written by something else while the server runs.
WATCHED_FILE = "exported_notebook.py"
# gunicorn's own limit is 30 s; sessions are short. A busy machine's healthy worker may well be
# late by three (seconds).
WORKER_TIMEOUT_S = 5
# How long gunicorn's workers may finish what they do when they are replaced (seconds).
_GRACEFUL_S = 3
_THREADS = 100


def _under_reloader(folder: Path, _settings: Settings) -> list[str]:
    """As ``app.run(debug=True)`` does: a parent that starts the server again when code changes."""
    watched = folder / WATCHED_FILE
    watched.write_text("STEPS = 96\n", encoding="utf-8")
    serve = [sys.executable, "-m", "granite_ws", "serve", "--session", str(folder)]
    return [*serve, "--reload-on", str(watched)]


def _under_gunicorn(folder: Path, settings: Settings) -> list[str]:
    """One worker of the kind that fits the async mode. Raises SettingsError without gunicorn."""
    if find_spec("gunicorn") is None:
        raise SettingsError(
            "fault",
            settings.fault,
            allowed="gunicorn must be installed (pip install 'granite-ws[gunicorn]')",
            where="launch",
        )
    worker = "gevent" if settings.async_mode == "gevent" else "gthread"
    return [
        *(sys.executable, "-m", "gunicorn", "--config", "python:granite_ws.wsgi"),
        *("--workers", "1", "--worker-class", worker, "--threads", str(_THREADS)),
        *("--timeout", str(WORKER_TIMEOUT_S), "--graceful-timeout", str(_GRACEFUL_S)),
        *("--bind", f"{settings.host}:{settings.port}"),
        f"granite_ws.wsgi:from_session({str(folder)!r})",
    ]


# The command that runs the server of a session folder, instead of ``granite-ws serve``.
LAUNCHES: dict[str, Launch] = {
    "dev_reloader": _under_reloader,
    "gunicorn_worker_timeout": _under_gunicorn,
    "restart_invalid_session": _under_gunicorn,
}
# Faults whose server writes into a pipe that nobody reads.
UNREAD: frozenset[str] = frozenset({"log_pipe_full"})

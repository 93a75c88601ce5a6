"""Servers that are started in another way."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges.injector import launch
from granite_ws.edges.injector.launch import LAUNCHES, UNREAD, WATCHED_FILE
from granite_ws.errors import SettingsError
from granite_ws.faults import BY_NAME
from granite_ws.settings import Settings


def test_every_name_is_a_fault() -> None:
    """Nothing is started differently for a fault that is none."""
    assert {*LAUNCHES, *UNREAD} <= set(BY_NAME)


def test_the_reloader_watches_a_file_that_is_there(tmp_path: Path) -> None:
    """A file that appears later is no change to Werkzeug's reloader."""
    command = LAUNCHES["dev_reloader"](tmp_path, Settings())
    assert str(tmp_path / WATCHED_FILE) == command[-1]
    compile((tmp_path / WATCHED_FILE).read_text(), WATCHED_FILE, "exec")


@pytest.mark.parametrize(("mode", "worker"), [("gevent", "gevent"), ("threading", "gthread")])
def test_gunicorn_gets_one_worker_that_fits_the_mode(
    tmp_path: Path, mode: str, worker: str
) -> None:
    """More than one would not know each other's sessions."""
    command = LAUNCHES["gunicorn_worker_timeout"](tmp_path, Settings(async_mode=mode))
    assert worker == command[command.index("--worker-class") + 1]
    assert "1" == command[command.index("--workers") + 1]
    assert repr(str(tmp_path)) in command[-1]


def test_without_gunicorn_it_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to install."""
    monkeypatch.setattr(launch, "find_spec", lambda _name: None)
    settings = Settings(fault="gunicorn_worker_timeout")
    with pytest.raises(SettingsError, match="gunicorn must be installed"):
        LAUNCHES["gunicorn_worker_timeout"](tmp_path, settings)

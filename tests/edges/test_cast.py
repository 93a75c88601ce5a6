"""Everybody who plays in a session is started once, and ended on every exit."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges import store
from granite_ws.edges.cast import Cast
from granite_ws.edges.process import wait_for
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind, Witness
from granite_ws.settings import Settings
from tests.conftest import QUICK, alive


@pytest.fixture
def parts(tmp_path: Path):
    settings = Settings(**QUICK, engine="smoothing")
    session = store.create_session(tmp_path / "session", settings, {})
    recorder = Recorder(Witness.RUNNER, session.folder / store.EVENTS_FILE)
    return session, recorder


def test_an_error_on_the_way_ends_every_process(parts) -> None:
    """Whatever raises inside the block, no server and no client is left behind."""
    session, recorder = parts
    servers = []

    def play() -> None:
        with Cast(session, recorder) as cast:
            servers.append(cast.start_server())
            wait_for(cast.events, Kind.LISTENING, cast.server, recorder.clock, seconds=30)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play()
    assert not alive(servers[0].pid)
    [ended] = store.read_events(session.folder / store.EVENTS_FILE).of(Kind.PROCESS_ENDED)
    assert ended.data["asked"] is True


def test_where_nobody_is_to_watch_no_client_is_started(tmp_path: Path) -> None:
    """``clients = 0`` starts no probe, and that is no end of all probes."""
    settings = Settings(**{**QUICK, "clients": 0})
    session = store.create_session(tmp_path / "session", settings, {})
    with Cast(session, Recorder(Witness.RUNNER, session.folder / store.EVENTS_FILE)) as cast:
        cast.start_probes()
        assert cast.probes == {}
        assert cast.some_probe_lives()

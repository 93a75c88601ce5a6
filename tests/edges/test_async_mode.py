"""Both async modes hold a real session; a missing gevent is one clear error."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from websockets.sync.client import connect

from granite_ws import Settings, judge, run_session
from granite_ws.diagnosis.verdict import Outcome
from granite_ws.edges.async_mode import prepare, start_http
from granite_ws.errors import SettingsError
from granite_ws.events import Kind
from tests.conftest import QUICK
from tests.edges.test_server import build


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_gevent_session_holds(tmp_path: Path, transport: str) -> None:
    """Greenlets, WebSocket or polling: forecasts arrive, PINGs are answered, no drop."""
    made = Settings(**QUICK | {"async_mode": "gevent", "transport": transport})
    verdict = judge(run_session(made, out=tmp_path / "s"))
    assert verdict.outcome is Outcome.HELD
    assert {connection.transport for connection in verdict.timeline.connections} == {transport}
    assert len([ping for ping in verdict.timeline.pings if ping.pong_received_ns]) >= 3
    monitors = {e.data["monitor"] for e in verdict.timeline.log.of(Kind.MONITOR_STARTED)}
    assert monitors == {"thread", "loop"}


def test_a_missing_gevent_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the setting is refused, and the error says how to install it."""
    monkeypatch.setitem(sys.modules, "gevent.monkey", None)
    with pytest.raises(SettingsError, match=r"granite-ws\[gevent\]"):
        prepare("gevent")


def test_threading_patches_nothing() -> None:
    """The default mode leaves the standard library alone."""
    before = sys.modules["threading"].Thread
    prepare("threading")
    assert before is sys.modules["threading"].Thread


@pytest.mark.parametrize("compression", [True, False])
def test_compression_is_a_setting(tmp_path: Path, compression: bool) -> None:
    """A client that offers permessage-deflate gets it, unless the setting says no."""
    app, socketio, _ = build(tmp_path, websocket_compression=compression)
    listener = socket.create_server(("127.0.0.1", 0))
    stop = start_http("threading", app, listener)
    port = listener.getsockname()[1]
    try:
        url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        with connect(url, compression="deflate", close_timeout=0.2) as client:
            assert compression == bool(client.protocol.extensions)
            assert client.recv(timeout=30).startswith("0{")
    finally:
        stop()
        socketio.server.shutdown()

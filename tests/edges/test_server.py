"""The application under study: routes, handlers and headers."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO
from websockets.sync.client import connect

from granite_ws import ForecastService, Settings, contract
from granite_ws.edges import server
from granite_ws.edges.async_mode import start_http
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.server import create_app
from granite_ws.edges.store import read_events
from granite_ws.events import Kind, Witness


@pytest.fixture
def application(tmp_path: Path) -> tuple[Flask, SocketIO, Processing]:
    return build(tmp_path)


def build(tmp_path: Path, **settings: Any) -> tuple[Flask, SocketIO, Processing]:
    made = Settings(**{"engine": "smoothing", "point_interval_s": 3600, **settings})
    recorder = Recorder(Witness.SERVER, tmp_path / "events.jsonl")
    service = ForecastService(made, recorder)
    service.load()
    processing = Processing(made, load_shipped("elnino"), service, recorder)
    return *create_app(made, processing, recorder), processing


def test_the_status_says_what_is_loaded_and_how_it_runs(application: Any) -> None:
    """running, counts, model_info and the whole configuration."""
    answer = application[0].test_client().get("/api/status").get_json()
    assert {
        "running",
        "data_points",
        "anomaly_count",
        "total_predictions",
        "model_info",
        "config",
    } == set(answer)
    assert (False, 488, 120) == (
        answer["running"],
        answer["data_points"],
        answer["config"]["ping_timeout"],
    )
    assert "exponential-smoothing" == answer["model_info"]["engine"]


def test_the_history_is_what_a_late_page_needs(application: Any) -> None:
    """Points, forecasts and a rolling mean for each point."""
    answer = application[0].test_client().get("/api/history").get_json()
    assert (488, 488, []) == (
        len(answer["data"]),
        len(answer["rolling_mean"]),
        answer["forecasts"],
    )
    assert {"timestamp", "value", "is_anomaly"} == set(answer["data"][0])


def test_the_page_is_protected(application: Any) -> None:
    """No inline script, no foreign source, no sniffing."""
    answer = application[0].test_client().get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "nosniff" == answer.headers["X-Content-Type-Options"]


def test_a_page_without_its_libraries_says_what_to_do(
    application: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Node the server runs; the page names what is missing and the command for it."""
    absent = {name: Path("nowhere") / name for name in server.VENDOR}
    monkeypatch.setattr(server, "VENDOR", absent)
    client = application[0].test_client()
    text = client.get("/").get_data(as_text=True)
    assert "make web" in text
    assert "socket.io.min.js" in text
    assert 404 == client.get("/vendor/socket.io.min.js").status_code


@pytest.mark.parametrize("name", ["other.js", "../package.json", "%2e%2e%2fpackage.json"])
def test_only_the_libraries_are_served(application: Any, name: str) -> None:
    """The vendor route is a list, not a folder."""
    assert 404 == application[0].test_client().get(f"/vendor/{name}").status_code


@pytest.mark.parametrize(
    ("setting", "origin", "status"),
    [
        ("same-origin", "http://localhost", 200),
        ("same-origin", "http://evil.example", 400),
        ("*", "http://evil.example", 200),
        ("http://a.example, http://b.example", "http://b.example", 200),
        ("http://a.example, http://b.example", "http://localhost", 200),
        ("http://a.example, http://b.example", "http://evil.example", 400),
    ],
)
def test_who_may_connect_is_a_setting(
    tmp_path: Path, setting: str, origin: str, status: int
) -> None:
    """Same origin by default; the seed's ``*`` is a choice; a list adds to the same origin."""
    app, _, _ = build(tmp_path, cors_allowed_origins=setting)
    url = "/socket.io/?EIO=4&transport=polling"
    answer = app.test_client().get(url, headers={"Origin": origin})
    assert status == answer.status_code


def test_the_settings_reach_the_library(tmp_path: Path) -> None:
    """Every WebSocket setting is the server's own."""
    _, socketio, _ = build(tmp_path, ping_interval=7, ping_timeout=9, max_http_buffer_size=5_000)
    engine = socketio.server.eio
    assert (7, 9, 5_000, "threading") == (
        engine.ping_interval,
        engine.ping_timeout,
        engine.max_http_buffer_size,
        engine.async_mode,
    )


def test_the_secret_key_is_new_with_every_start(tmp_path: Path) -> None:
    """Nothing is signed with a key that stands in a repository."""
    keys = {build(tmp_path)[0].secret_key for _ in range(3)}
    assert 3 == len(keys)
    assert min(len(key) for key in keys if key) >= 32


def test_a_client_is_greeted_and_recorded(application: Any, tmp_path: Path) -> None:
    """``connected`` with message, status and client_id; connect and disconnect are events."""
    app, socketio, _ = application
    client = socketio.test_client(app)
    greeting = client.get_received()[0]
    assert "connected" == greeting["name"]
    assert {"message", "status", "client_id"} == set(greeting["args"][0])
    assert greeting["args"][0]["status"] is True
    client.disconnect()
    log = read_events(tmp_path / "events.jsonl")
    assert 1 == len(log.of(Kind.GREETING_SENT))
    left = log.of(Kind.CLIENT_DISCONNECTED)[0].data
    assert (0, 488) == (left["clients"], left["total_points"])
    assert left["reason"]


def test_start_stop_and_reset_are_told_to_everybody(application: Any) -> None:
    """status_changed on start and stop, once each; data_reset on reset."""
    app, socketio, processing = application
    first, second = (socketio.test_client(app) for _ in range(2))
    for event in ("start_processing", "start_processing", "stop_processing", "reset_data"):
        first.emit(event)
    seen = [
        (message["name"], message["args"][0])
        for message in second.get_received()
        if message["name"] not in {"connected", "new_data"}
    ]
    assert [
        ("status_changed", {"running": True}),
        ("status_changed", {"running": False}),
        ("data_reset", {}),
    ] == seen
    assert not processing.running


def test_nan_is_refused_before_it_leaves(application: Any) -> None:
    """Whatever is emitted, by any code: what a browser cannot parse is an error on the server."""
    app, socketio, _ = application
    client = socketio.test_client(app)
    client.get_received()
    with pytest.raises(ValueError, match="JSON"):
        socketio.emit("new_data", {"value": float("nan")})
    assert [] == client.get_received()


@pytest.mark.parametrize("payload", [None, "x" * 1_000, [1, 2], {"__proto__": 1}, 10**30])
def test_a_payload_that_nobody_asked_for_does_no_harm(application: Any, payload: object) -> None:
    """The three client events have no payload; whatever comes is not read."""
    app, socketio, processing = application
    client = socketio.test_client(app)
    client.emit("start_processing", payload)
    assert processing.running
    client.emit("stop_processing", payload, payload)
    assert not processing.running
    assert client.is_connected()


def test_an_emit_is_encoded_once_for_all_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-socketio makes the text of an emit once, however many get it."""
    app, socketio, _ = build(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    stop = start_http("threading", app, listener)
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}/socket.io/?EIO=4&transport=websocket"
    with ExitStack() as ends:
        ends.callback(stop)
        clients = [
            ends.enter_context(connect(url, open_timeout=30, close_timeout=0.2)) for _ in range(5)
        ]
        for client in clients:
            client.send("40")
            while not str(client.recv(timeout=30)).startswith("40"):  # its greeting comes before
                pass
        dumps, made = contract.StrictJson.dumps, []

        def counted(*arguments: Any, **options: Any) -> str:
            made.append(dumps(*arguments, **options))
            return made[-1]

        monkeypatch.setattr(contract.StrictJson, "dumps", counted)
        socketio.emit("new_data", {"x": 1})
        assert {'42["new_data",{"x":1}]'} == {client.recv(timeout=30) for client in clients}
        assert ['["new_data",{"x":1}]'] == made

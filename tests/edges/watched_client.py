"""A real Flask-SocketIO server in this process, and one client process that watches it."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask_socketio import SocketIO
from werkzeug.serving import make_server

from granite_ws.edges.clients import NODE_PROBE, SOCKET_IO_CLIENT
from granite_ws.edges.store import read_events
from granite_ws.events import Event, EventLog, Kind

PROGRAMS = {
    "python": [sys.executable, "-m", "granite_ws.edges.probe"],
    "python-async": [sys.executable, "-m", "granite_ws.edges.probe_async"],
    "node": ["node", str(NODE_PROBE)],
}
LIMIT_BYTES = 100_000
PATIENCE_S = 20.0


def needs_node() -> None:
    """Skips without Node and its library, except in CI, where that is a failure."""
    if shutil.which("node") and SOCKET_IO_CLIENT.is_file():
        return
    if os.environ.get("CI"):
        pytest.fail("CI must have Node and socket.io-client (make web)")
    pytest.skip("no Node or no socket.io-client here (make web)")


def small_server(heard: list[str]) -> tuple[Flask, SocketIO]:
    """Says a PING each second; answers ``say_nan`` and ``say_binary``; can throw a client out."""
    app = Flask(__name__)
    socketio = SocketIO(
        app,
        async_mode="threading",
        ping_interval=1,
        ping_timeout=2,
        max_http_buffer_size=LIMIT_BYTES,
    )
    answers: dict[str, Any] = {
        "start_processing": lambda: socketio.emit("new_data", {"iteration": 7, "v": 1.5}),
        "stop_processing": lambda: None,
        "say_nan": lambda: socketio.emit("new_data", {"v": math.nan, "text": "NaN"}),
        "say_binary": lambda: socketio.emit("blob", {"a": b"12345", "b": b"6"}),
        "payload": lambda: None,
        "throw_out": lambda: socketio.server.disconnect(request.sid),  # type: ignore[attr-defined]
    }

    def listen(name: str, answer: Any) -> None:
        def handler(*_: Any) -> None:
            heard.append(name)
            answer()

        socketio.on_event(name, handler)

    for name, answer in answers.items():
        listen(name, answer)
    return app, socketio


class Watched:
    """The client process, its events, and what the server heard from it."""

    def __init__(self, kind: str, url: str, events: Path, heard: list[str]) -> None:
        self.kind, self.url, self.events, self.heard = kind, url, events, heard
        self.process: Any = None

    def start(self, *options: str) -> Watched:
        command = [*PROGRAMS[self.kind], self.url, str(self.events), *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)
        return self

    def order(self, **order: Any) -> None:
        self.process.stdin.write((json.dumps(order) + "\n").encode())
        self.process.stdin.flush()

    def log(self) -> EventLog:
        return read_events(self.events)

    def wait(self, kind: Kind, count: int = 1, **data: Any) -> list[Event]:
        """The first ``count`` events of this kind with these data, as soon as they are there."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = [e for e in self.log().of(kind) if data.items() <= e.data.items()]
            if len(found) >= count:
                return found[:count]
            assert time.monotonic() < deadline, f"{len(found)} of {count} {kind} {data}"
            time.sleep(0.02)

    def end(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code: int = self.process.wait(PATIENCE_S)
        return code


@contextmanager
def watched(kind: str, tmp_path: Path) -> Iterator[Watched]:
    """The server runs, the client is not started yet; both are gone afterwards."""
    heard: list[str] = []
    app, _ = small_server(heard)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    one = Watched(kind, url, tmp_path / "events.jsonl", heard)
    try:
        yield one
    finally:
        if one.process is not None:
            one.process.kill()
            one.process.wait()
            one.process.stdin.close()
        server.shutdown()


def check_a_quiet_session(kind: str, tmp_path: Path) -> None:
    """Two clients, numbered from 3, watch for a PING each and leave on purpose."""
    with watched(kind, tmp_path) as client:
        client.start("--clients", "2", "--first", "3")
        there = client.wait(Kind.CONNECTED, 2)
        client.wait(Kind.PONG_SENT, 1, client=3)
        client.wait(Kind.PONG_SENT, 1, client=4)
        data = client.wait(Kind.MESSAGE_RECEIVED, 1, event="new_data")[0].data
        assert 0 == client.end()
    assert {3, 4} == {event.data["client"] for event in there}
    for event in there:
        assert client.process.pid == event.data["pid"]
        assert ("websocket", 1, 2) == tuple(
            event.data[name] for name in ("transport", "ping_interval_s", "ping_timeout_s")
        )
        assert event.data["client_id"]
    assert (7, 0, 0) == (data["iteration"], data["non_finite"], data["attachments"])
    log = client.log()
    assert 0 == log.skipped
    assert {kind} == {event.data["client_kind"] for event in log}
    ended = log.of(Kind.DISCONNECTED)
    assert [(True, {}), (True, {})] == [(e.data["own"], e.data["details"]) for e in ended]
    assert {e.sid for e in there} == {e.sid for e in ended}
    assert ["start_processing", "stop_processing"] == client.heard
    assert () == log.of(Kind.CONNECT_FAILED, Kind.CLIENT_LOG)
    started, over = log.of(Kind.MONITOR_STARTED), log.of(Kind.MONITOR_ENDED)
    assert len(started) == len(over) > 0


def check_the_clock(kind: str, tmp_path: Path) -> None:
    """What the client writes lies between two looks at this process' own monotonic clock."""
    with watched(kind, tmp_path) as client:
        before = time.monotonic_ns()
        client.start("--no-start")
        event = client.wait(Kind.CONNECTED)[0]
        assert before < event.at_ns < time.monotonic_ns()
        assert [] == client.heard


def check_orders(kind: str, tmp_path: Path, transport: str = "websocket") -> None:
    """One more client, two messages, a call of disconnect; each told by the injector."""
    with watched(kind, tmp_path) as client:
        client.start("--no-start", "--transport", transport)
        client.wait(Kind.CONNECTED, 1)
        client.process.stdin.write(b"no order\n")
        client.order(fault="other", act="emit", kinds=["nobody"])
        client.order(fault="more", act="connect", client=9)
        client.wait(Kind.CONNECTED, 1, client=9)
        client.order(fault="burst", act="emit", count=2, bytes=1000)
        client.wait(Kind.FAULT_ENDED, 1, fault="burst")
        client.order(fault="leave", act="disconnect", client=9)
        ended = client.wait(Kind.DISCONNECTED, 1, client=9)[0]
        client.wait(Kind.FAULT_ENDED, 1, fault="leave")
        client.order(fault="too_big", act="emit", bytes=2 * LIMIT_BYTES)
        lost = client.wait(Kind.DISCONNECTED, 1, client=1)[0]
        again = client.wait(Kind.CONNECTED, 2, client=1) if transport == "websocket" else []
        client.wait(Kind.FAULT_ENDED, 1, fault="too_big")
    log = client.log()
    assert ["payload", "payload"] == client.heard
    assert False is ended.data["own"] is lost.data["own"]
    assert ended.data["reason"].endswith("client disconnect")
    assert [9] == [event.data["client"] for event in log.of(Kind.DISCONNECT_CALLED)]
    assert ["more", "burst", "leave", "too_big"] == [
        event.data["fault"] for event in log.of(Kind.FAULT_EFFECT)
    ]
    if transport == "websocket":
        assert 1000 == lost.data["close_code"]
        assert 2 == len({event.sid for event in again})


def check_a_thrown_out_client(kind: str, tmp_path: Path, reason: str) -> None:
    """The server's own disconnect is told in the library's words and nothing reconnects."""
    with watched(kind, tmp_path) as client:
        client.start("--no-start")
        client.wait(Kind.CONNECTED)
        client.order(fault="out", act="emit", event="throw_out")
        ended = client.wait(Kind.DISCONNECTED)[0]
        assert 0 == client.end()
    assert (False, reason) == (ended.data["own"], ended.data["reason"])
    assert 1 == len(client.log().of(Kind.CONNECTED))
    assert () == client.log().of(Kind.CONNECT_FAILED)


def check_odd_payloads(kind: str, tmp_path: Path) -> None:
    """Attachments are counted; the session is as it was after them."""
    with watched(kind, tmp_path) as client:
        client.start("--no-start")
        client.wait(Kind.CONNECTED)
        client.order(fault="binary", act="emit", event="say_binary")
        client.wait(Kind.MESSAGE_RECEIVED, 1, event="blob", attachments=2)
        client.wait(Kind.MESSAGE_RECEIVED, 1, bytes=5)
        client.wait(Kind.PONG_SENT)
        assert 1 == len(client.log().of(Kind.CONNECTED))


def refused(kind: str, tmp_path: Path) -> list[Event]:
    """What a client writes where nobody listens; it still ends on SIGTERM."""
    client = Watched(kind, "http://127.0.0.1:9", tmp_path / "events.jsonl", [])
    try:
        client.start()
        found = client.wait(Kind.CONNECT_FAILED, 2)
        assert 0 == client.end()
    finally:
        client.process.kill()
        client.process.wait()
        client.process.stdin.close()
    return found

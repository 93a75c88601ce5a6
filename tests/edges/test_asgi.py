"""The asyncio server: one loop in its thread, the same contract as the Flask-SocketIO server."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import socketio

from granite_ws import ForecastService, Settings, judge, run_session
from granite_ws.diagnosis.verdict import Outcome
from granite_ws.edges.asgi import LOOP_THREAD, AsgiServer
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.series_source import load_shipped
from granite_ws.edges.store import read_events
from granite_ws.events import EventLog, Kind, Witness
from tests.conftest import QUICK

LIMIT_S = 10.0
Serve = Callable[..., "Served"]


class Served:
    """A server of the test's own on a free port, and the clients of it."""

    def __init__(self, events: Path, ends: ExitStack, **settings: Any) -> None:
        made = Settings(**{"engine": "smoothing", "point_interval_s": 3600, **settings})
        recorder = Recorder(Witness.SERVER, events)
        service = ForecastService(made, recorder)
        service.load()
        self.processing = Processing(made, load_shipped("elnino"), service, recorder)
        self.server = AsgiServer(made, self.processing, recorder)
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.stop = self.server.start(listener)
        ends.callback(self.stop)
        ends.callback(self.processing.stop)
        self._events, self._ends = events, ends

    def client(self, transport: str = "websocket") -> tuple[socketio.Client, list[tuple]]:
        """A connected client, and the list of events that it gets."""
        client, seen = socketio.Client(reconnection=False), []
        client.on("*", lambda name, *data: seen.append((name, *data)))
        client.connect(self.url, transports=[transport], wait_timeout=LIMIT_S)
        self._ends.callback(client.disconnect)
        return client, seen

    def log(self) -> EventLog:
        """What the server recorded so far."""
        return read_events(self._events)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as ends:
        yield lambda **settings: Served(tmp_path / "events.jsonl", ends, **settings)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < deadline, "not within the limit"
        time.sleep(0.01)


def get(url: str, **headers: str) -> tuple[int, Any, bytes]:
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_an_asgi_session_holds(tmp_path: Path, transport: str) -> None:
    """WebSocket or polling: forecasts arrive, PINGs are answered, both hearts beat, no drop."""
    made = Settings(
        **QUICK | {"async_mode": "asgi", "engine": "smoothing", "transport": transport}
    )
    verdict = judge(run_session(made, out=tmp_path / "s"))
    assert verdict.outcome is Outcome.HELD
    assert {connection.transport for connection in verdict.timeline.connections} == {transport}
    assert len([ping for ping in verdict.timeline.pings if ping.pong_received_ns]) >= 3
    assert verdict.timeline.log.of(Kind.EMIT_DONE)
    for kind in (Kind.MONITOR_STARTED, Kind.MONITOR_ENDED):
        names = {e.data["monitor"] for e in verdict.timeline.log.of(kind)}
        assert {"thread", "loop"} <= names


def test_a_client_is_greeted_and_recorded(serve: Serve) -> None:
    """``connected`` with message, status and client_id; connect and disconnect are events."""
    served = serve()
    client, seen = served.client()
    until(lambda: seen)
    name, greeting = seen[0]
    assert ("connected", {"message", "status", "client_id"}) == (name, set(greeting))
    client.disconnect()
    until(lambda: served.log().of(Kind.CLIENT_DISCONNECTED))
    came = served.log().of(Kind.CLIENT_CONNECTED)[0]
    left = served.log().of(Kind.CLIENT_DISCONNECTED)[0]
    assert came.sid == left.sid == served.log().of(Kind.HANDSHAKE)[0].sid
    assert (0, LOOP_THREAD) == (left.data["clients"], left.data["thread"])
    # The client closes the socket without waiting for its own goodbye to be written.
    assert left.data["reason"] in {"client disconnect", "transport close"}


def test_start_stop_and_reset_are_told_to_everybody(serve: Serve) -> None:
    """status_changed on start and stop, once each; new_data from the feed; data_reset."""
    served = serve()
    (first, _), (_, seen) = served.client(), served.client()
    for event in ("start_processing", "start_processing"):
        first.emit(event, {"nobody": "asked"})
    until(lambda: "new_data" in [name for name, *_ in seen])
    first.emit("stop_processing")
    until(lambda: ("status_changed", {"running": False}) in seen)
    first.emit("reset_data")
    until(lambda: ("data_reset", {}) in seen)
    told = [message for message in seen if message[0] not in {"connected", "new_data"}]
    assert [
        ("status_changed", {"running": True}),
        ("status_changed", {"running": False}),
        ("data_reset", {}),
    ] == told
    assert not served.processing.running
    emitted = served.log().of(Kind.MESSAGE_EMITTED)
    assert {"connected", "status_changed", "new_data", "data_reset"} == {
        event.data["event"] for event in emitted
    }


def test_the_routes_and_their_headers_are_the_same(serve: Serve) -> None:
    """Page, status and history come from the same Flask application, protected alike."""
    served = serve()
    status, headers, page = get(f"{served.url}/")
    assert (200, "nosniff") == (status, headers["X-Content-Type-Options"])
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert b"asgi" not in page  # the settings of this test say threading
    told = json.loads(get(f"{served.url}/api/status")[2])
    assert ("exponential-smoothing", False) == (told["model_info"]["engine"], told["running"])
    assert 488 == len(json.loads(get(f"{served.url}/api/history")[2])["data"])
    assert 404 == get(f"{served.url}/vendor/other.js")[0]


@pytest.mark.parametrize(
    ("setting", "origin", "status"),
    [
        ("same-origin", "", 200),
        ("same-origin", "http://evil.example", 400),
        ("*", "http://evil.example", 200),
        ("http://a.example, http://b.example", "http://b.example", 200),
        ("http://a.example, http://b.example", "", 200),
        ("http://a.example, http://b.example", "http://evil.example", 400),
    ],
)
def test_who_may_connect_is_a_setting(
    serve: Serve, setting: str, origin: str, status: int
) -> None:
    """Same origin by default; ``*`` is a choice; a list adds to it; a refusal is recorded."""
    served = serve(cors_allowed_origins=setting)
    url = f"{served.url}/socket.io/?EIO=4&transport=polling"
    assert status == get(url, Origin=origin or served.url)[0]
    refused = served.log().of(Kind.REQUEST_REFUSED)
    assert [] == [event for event in refused if status == 200]
    assert status == 200 or 400 == refused[0].data["status"]


def test_the_settings_reach_both_libraries(serve: Serve) -> None:
    """Heartbeat and limits are the AsyncServer's own; the second heartbeat is uvicorn's."""
    served = serve(
        ping_interval=7,
        ping_timeout=9,
        max_http_buffer_size=50_000_000,
        async_handlers=False,
        websocket_compression=False,
    )
    engine, web = served.server.engineio, served.server._config()
    assert (7, 9, 50_000_000, "asgi") == (
        engine.ping_interval,
        engine.ping_timeout,
        engine.max_http_buffer_size,
        engine.async_mode,
    )
    assert not served.server.socketio.async_handlers
    assert not web.ws_per_message_deflate
    assert (20, 20, 200_000_000) == (
        web.ws_ping_interval,
        web.ws_ping_timeout,
        web.ws_max_size,
    )


def test_no_second_heartbeat_when_the_setting_is_0(serve: Serve) -> None:
    """``ws_ping_interval`` 0 means that uvicorn sends no pings of its own."""
    assert serve(ws_ping_interval=0).server._config().ws_ping_interval is None


def test_nan_is_refused_before_it_leaves(serve: Serve) -> None:
    """``emit`` raises in the thread that called it, and the refusal is recorded."""
    served = serve()
    _, seen = served.client()
    with pytest.raises(ValueError, match="JSON"):
        served.server.emit("new_data", {"value": float("nan")})
    served.server.emit("new_data", {"value": 1.5}, [2])
    until(lambda: ("new_data", {"value": 1.5}, [2]) in seen)
    assert 1 == len(served.log().of(Kind.MESSAGE_REFUSED))


def test_emit_in_the_loop_is_an_error_and_no_deadlock(serve: Serve) -> None:
    """A handler that calls the waiting ``emit`` is told so at once."""
    server, said = serve().server, []

    async def from_within() -> None:
        try:
            server.emit("x")
        except RuntimeError as error:
            said.append(str(error))

    server.wait_for(from_within())
    assert ["emit() waits for the event loop and was called in it"] == said


def test_the_feed_runs_in_a_thread_beside_the_loop(serve: Serve) -> None:
    """``spawn`` starts a real thread: what computes there does not block the loop."""
    server, ran = serve().server, threading.Event()
    threads: list[str] = []

    def work(word: str) -> None:
        threads.append(f"{threading.current_thread().name} {word}")
        ran.set()

    server.spawn(work, "now")
    assert ran.wait(LIMIT_S)
    assert ["work now"] == threads


def test_a_blocked_loop_is_a_stall_of_the_loop_alone(serve: Serve) -> None:
    """``loop`` can be blocked from outside; its heart stands still, the thread's goes on."""
    served = serve()
    monitors = served.server.watch_stalls()
    until(lambda: len(served.log().of(Kind.MONITOR_STARTED)) == 2)
    served.server.loop.call_soon_threadsafe(time.sleep, 0.8)
    until(lambda: served.log().of(Kind.STALL))
    for monitor in monitors:
        monitor.stop()
    until(lambda: len(served.log().of(Kind.MONITOR_ENDED)) == 2)
    longest = {e.data["monitor"]: e.data["longest_s"] for e in served.log().of(Kind.MONITOR_ENDED)}
    assert longest["loop"] > 0.6 > longest["thread"]
    stacks = [e for e in served.log().of(Kind.STACK) if e.data["why"] == "the loop stood still"]
    assert LOOP_THREAD in {thread["thread"] for thread in stacks[0].data["threads"]}


def test_what_is_too_big_is_refused_by_engine_io(serve: Serve) -> None:
    """A message above ``max_http_buffer_size`` ends its connection, not uvicorn's limit."""
    served = serve(max_http_buffer_size=1_000)
    client, _ = served.client()
    client.emit("anything", "x" * 2_000)
    until(lambda: served.log().of(Kind.CLIENT_DISCONNECTED))
    assert "transport close" == served.log().of(Kind.CLIENT_DISCONNECTED)[0].data["reason"]
    until(lambda: not client.connected)


def test_the_second_heartbeat_names_itself(serve: Serve) -> None:
    """uvicorn gives up a peer that answers none of its pings: 1011, whatever Engine.IO would do.

    The peer is a bare socket: it completes the handshake and then reads nothing.
    """
    served = serve(ping_interval=25, ws_ping_interval=0.3, ws_ping_timeout=0.3)
    address = served.url.removeprefix("http://")
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), LIMIT_S) as peer:
        peer.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        until(lambda: served.log().of(Kind.WEBSOCKET_ENDED))
    ended, opened = (served.log().of(k)[0] for k in (Kind.WEBSOCKET_ENDED, Kind.HANDSHAKE))
    assert (1011, "keepalive ping timeout") == (
        ended.data["sent_code"],
        ended.data["sent_message"],
    )
    assert 0.5 < (ended.at_ns - opened.at_ns) / 1e9 < 5


def test_a_blocked_loop_does_not_keep_the_server(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``stop`` gives a loop that does not listen its time, and returns."""
    monkeypatch.setattr("granite_ws.edges.asgi._END_S", 0.1)
    served, free = serve(), threading.Event()
    served.server.loop.call_soon_threadsafe(free.wait, LIMIT_S)
    begun = time.monotonic()
    served.stop()
    assert time.monotonic() - begun < LIMIT_S / 2
    assert served.server.loop.is_running()
    free.set()
    until(served.server.loop.is_closed)


def test_stop_says_goodbye_and_ends_the_loop(serve: Serve) -> None:
    """With a client still there the server closes with 1012 and its thread is gone."""
    served = serve()
    client, _ = served.client()
    served.stop()
    until(lambda: not client.connected)
    assert served.server.loop.is_closed()
    assert 1012 == served.log().of(Kind.WEBSOCKET_ENDED)[0].data["close_code"]
    assert LOOP_THREAD not in {thread.name for thread in threading.enumerate()}

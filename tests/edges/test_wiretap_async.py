"""The asyncio taps: what passes is recorded, and nothing else changes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import engineio
import pytest
from engineio import packet
from engineio.async_socket import AsyncSocket

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.edges.wiretap_async import tap_async_requests, tap_async_server
from granite_ws.events import EventLog, Kind, Witness


def tapped_socket(tmp_path: Path) -> AsyncSocket:
    server = engineio.AsyncServer(async_mode="asgi")
    tap_async_server(server, Recorder(Witness.SERVER, tmp_path / "events.jsonl"))
    server.sockets["A"] = AsyncSocket(server, "A")
    return server.sockets["A"]


def recorded(tmp_path: Path) -> EventLog:
    return read_events(tmp_path / "events.jsonl")


def test_the_open_packet_is_believed(tmp_path: Path) -> None:
    """What is advertised is recorded in seconds, as the client will read it."""
    opening = {"pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1000, "sid": "A"}
    asyncio.run(tapped_socket(tmp_path).send(packet.Packet(packet.OPEN, opening)))
    event = recorded(tmp_path).of(Kind.HANDSHAKE)[0]
    expected = {"ping_interval_s": 25.0, "ping_timeout_s": 20.0, "max_payload_bytes": 1000}
    assert ("A", expected) == (event.sid, event.data)


def test_a_ping_is_seen_when_queued_and_when_written(tmp_path: Path) -> None:
    """Queued by send behind what waits, written when the writer takes it, unchanged."""
    socket = tapped_socket(tmp_path)

    async def pass_through() -> list[int]:
        await socket.send(packet.Packet(packet.MESSAGE, "before"))
        await socket.send(packet.Packet(packet.PING))
        assert [Kind.PING_QUEUED] == [event.kind for event in recorded(tmp_path)]
        return [pkt.packet_type for pkt in await socket.poll()]

    assert [packet.MESSAGE, packet.PING] == asyncio.run(pass_through())
    log = recorded(tmp_path)
    assert [Kind.PING_QUEUED, Kind.PING_WRITTEN] == [event.kind for event in log]
    assert 1 == log.events[0].data["waiting"]


def test_a_message_alone_is_no_ping(tmp_path: Path) -> None:
    """Data packets are not recorded as heartbeat."""
    socket = tapped_socket(tmp_path)

    async def pass_through() -> None:
        await socket.send(packet.Packet(packet.MESSAGE, "x"))
        await socket.poll()

    asyncio.run(pass_through())
    assert 0 == len(recorded(tmp_path))


def test_a_pong_is_seen_and_still_processed(tmp_path: Path) -> None:
    """PONG_RECEIVED is recorded, the library schedules its next PING, and nothing is due."""
    socket = tapped_socket(tmp_path)
    scheduled: list[bool] = []
    socket.schedule_ping = lambda: scheduled.append(True)

    async def round_trip() -> list[list[str]]:
        await socket.send(packet.Packet(packet.PING))
        due = socket.server.sockets.overdue(0)
        await socket.receive(packet.Packet(packet.PONG))
        return [due, socket.server.sockets.overdue(0)]

    assert [["A"], []] == asyncio.run(round_trip())
    assert [True] == scheduled
    assert 1 == len(recorded(tmp_path).of(Kind.PONG_RECEIVED))


class ClosingWebSocket:
    """A WebSocket whose peer goes at once: the ASGI server says how."""

    def __init__(self, message: dict[str, Any]) -> None:
        async def asgi_receive() -> dict[str, Any]:
            return message

        self.asgi_receive = asgi_receive

    async def wait(self) -> None:
        """As python-engineio's: every message but data is an OSError."""
        await self.asgi_receive()
        raise OSError

    async def close(self) -> None:
        """Nothing is left to close."""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"code": 1011, "reason": "keepalive ping timeout"}, (1011, "keepalive ping timeout")),
        ({"code": 1005}, (1005, "")),
        ({"code": 1006, "reason": None}, (1006, "")),
    ],
)
def test_the_close_code_is_kept(
    tmp_path: Path, message: dict[str, Any], expected: tuple[int, str]
) -> None:
    """WEBSOCKET_ENDED has the code and words that python-engineio throws away."""
    socket = tapped_socket(tmp_path)
    websocket = ClosingWebSocket({"type": "websocket.disconnect", **message})
    asyncio.run(socket._websocket_handler(websocket))
    event = recorded(tmp_path).of(Kind.WEBSOCKET_ENDED)[0]
    assert ("A", *expected) == (event.sid, event.data["close_code"], event.data["message"])


@pytest.mark.parametrize(("query", "refusals"), [("EIO=4", [400]), ("EIO=4&sid=gone", [400])])
def test_a_refused_request_is_recorded(tmp_path: Path, query: str, refusals: list[int]) -> None:
    """A request that Engine.IO answers with 400 is recorded with its method and session."""
    server = engineio.AsyncServer(async_mode="asgi")
    tap_async_requests(server, Recorder(Witness.SERVER, tmp_path / "events.jsonl"))
    answers = asyncio.run(answers_to(server, "POST", query))
    assert 400 == answers[0]["status"]
    seen = recorded(tmp_path).of(Kind.REQUEST_REFUSED)
    assert refusals == [event.data["status"] for event in seen]
    assert "POST" == seen[0].data["method"]


def test_a_served_request_is_no_refusal(tmp_path: Path) -> None:
    """A handshake that succeeds leaves no REQUEST_REFUSED."""
    server = engineio.AsyncServer(async_mode="asgi", monitor_clients=False)
    tap_async_requests(server, Recorder(Witness.SERVER, tmp_path / "events.jsonl"))
    answers = asyncio.run(answers_to(server, "GET", "EIO=4&transport=polling"))
    assert 200 == answers[0]["status"]
    assert 0 == len(recorded(tmp_path))


async def answers_to(
    server: engineio.AsyncServer, method: str, query: str
) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    scope = {"type": "http", "method": method, "path": "/", "headers": []}
    await server.handle_request({**scope, "query_string": query.encode()}, receive, send)
    return answers


@pytest.mark.parametrize(("size", "told"), [(1_000, None), (1_001, 1_001)])
def test_a_message_above_the_limit_is_measured(
    tmp_path: Path, size: int, told: int | None
) -> None:
    """python-engineio refuses it in asyncio mode without a line in its log."""
    socket = tapped_socket(tmp_path)
    socket.server.max_http_buffer_size = 1_000
    websocket = ClosingWebSocket({"type": "websocket.receive", "text": "x" * size})
    asyncio.run(socket._websocket_handler(websocket))
    event = recorded(tmp_path).of(Kind.WEBSOCKET_ENDED)[0]
    assert told == event.data.get("refused_bytes")

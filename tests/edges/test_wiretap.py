"""The taps: what passes is recorded, and nothing else changes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import engineio
from engineio import packet
from engineio.socket import Socket

from granite_ws.edges.clock import Clock
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.edges.wiretap import tap_async_client, tap_client, tap_server
from granite_ws.events import Kind, Witness


def tapped_socket(tmp_path: Path) -> Socket:
    server = engineio.Server(async_mode="threading")
    tap_server(server, Recorder(Witness.SERVER, tmp_path / "events.jsonl"))
    server.sockets["A"] = Socket(server, "A")
    return server.sockets["A"]


def test_the_open_packet_is_believed(tmp_path: Path) -> None:
    """What is advertised is recorded in seconds, as the client will read it."""
    opening = {"pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1000, "sid": "A"}
    tapped_socket(tmp_path).send(packet.Packet(packet.OPEN, opening))
    event = read_events(tmp_path / "events.jsonl").of(Kind.HANDSHAKE)[0]
    expected = {"ping_interval_s": 25.0, "ping_timeout_s": 20.0, "max_payload_bytes": 1000}
    assert ("A", expected) == (event.sid, event.data)


def test_a_ping_is_seen_when_queued_and_when_written(tmp_path: Path) -> None:
    """Queued by send, written when the writer takes it; the packet itself passes unchanged."""
    socket = tapped_socket(tmp_path)
    socket.send(packet.Packet(packet.MESSAGE, "before"))
    socket.send(packet.Packet(packet.PING))
    kinds = [event.kind for event in read_events(tmp_path / "events.jsonl")]
    assert [Kind.PING_QUEUED] == kinds
    assert [packet.MESSAGE, packet.PING] == [pkt.packet_type for pkt in socket.poll()]
    log = read_events(tmp_path / "events.jsonl")
    assert [Kind.PING_QUEUED, Kind.PING_WRITTEN] == [event.kind for event in log]
    assert 1 == log.events[0].data["waiting"]


def test_a_message_alone_is_no_ping(tmp_path: Path) -> None:
    """Data packets are not recorded as heartbeat."""
    socket = tapped_socket(tmp_path)
    socket.send(packet.Packet(packet.MESSAGE, "x"))
    socket.poll()
    assert 0 == len(read_events(tmp_path / "events.jsonl"))


def test_a_pong_is_seen_and_still_processed(tmp_path: Path) -> None:
    """PONG_RECEIVED is recorded, and the library schedules its next PING as always."""
    socket = tapped_socket(tmp_path)
    scheduled: list[bool] = []
    socket.schedule_ping = lambda: scheduled.append(True)
    socket.receive(packet.Packet(packet.PONG))
    assert [True] == scheduled
    assert 1 == len(read_events(tmp_path / "events.jsonl").of(Kind.PONG_RECEIVED))


def test_the_clients_side_is_seen_as_well(tmp_path: Path) -> None:
    """A PING that reaches the client, and the PONG that it queues, carry its number."""
    client = engineio.Client()
    client.state, client.sid = "connected", "A"
    client.queue = client.create_queue()
    tap_client(client, Recorder(Witness.PROBE, tmp_path / "events.jsonl"), 3)
    client._receive_packet(packet.Packet(packet.PING, ""))
    log = read_events(tmp_path / "events.jsonl")
    assert [(Kind.PING_RECEIVED, "A", 3), (Kind.PONG_SENT, "A", 3)] == [
        (event.kind, event.sid, event.data["client"]) for event in log
    ]
    assert packet.PONG == client.queue.get(timeout=1).packet_type


class _Later(Clock):
    """A clock that is ahead of the events by 2.5 s."""

    def now_ns(self) -> int:
        return super().now_ns() + 2_500_000_000


def test_a_ping_that_nobody_plans_is_overdue(tmp_path: Path) -> None:
    """After a PONG the next PING is due within pi, and overdue half of pt later, unless sent."""
    socket = tapped_socket(tmp_path)
    sockets = socket.server.sockets
    socket.schedule_ping = lambda: None
    socket.receive(packet.Packet(packet.PONG))
    assert [] == sockets.unpinged(1, 2)
    sockets._recorder.clock = _Later()
    assert ["A"] == sockets.unpinged(1, 2)
    socket.send(packet.Packet(packet.PING))
    assert [] == sockets.unpinged(1, 2)


def test_a_closed_connection_owes_no_ping(tmp_path: Path) -> None:
    """Whoever has left is not waited for."""
    socket = tapped_socket(tmp_path)
    socket.schedule_ping = lambda: None
    socket.receive(packet.Packet(packet.PONG))
    socket.closed = True
    socket.server.sockets._recorder.clock = _Later()
    assert [] == socket.server.sockets.unpinged(1, 2)


def test_the_asyncio_clients_side_is_seen_as_well(tmp_path: Path) -> None:
    """The same two events from the AsyncClient, under its own kind."""

    async def pinged() -> int:
        client = engineio.AsyncClient()
        client.state, client.sid = "connected", "A"
        tap_async_client(client, Recorder(Witness.PROBE, tmp_path / "events.jsonl"), 3)
        await client._receive_packet(packet.Packet(packet.PING, ""))
        answer = await asyncio.wait_for(client.queue.get(), 1)
        return int(answer.packet_type)

    assert packet.PONG == asyncio.run(pinged())
    log = read_events(tmp_path / "events.jsonl")
    assert [(Kind.PING_RECEIVED, "A", 3), (Kind.PONG_SENT, "A", 3)] == [
        (event.kind, event.sid, event.data["client"]) for event in log
    ]
    assert {"python-async"} == {event.data["client_kind"] for event in log}


def test_a_slow_farewell_is_seen_while_it_lasts(tmp_path: Path) -> None:
    """Closing runs the disconnect handler: within it the sid is told, after it no more."""
    socket = tapped_socket(tmp_path)
    sockets = socket.server.sockets
    seen: list[list[str]] = []

    def farewell(_sid: str, _reason: str) -> None:
        seen.append(sockets.slowly_closed())
        sockets._recorder.clock = _Later()
        seen.append(sockets.slowly_closed())

    socket.server.on("disconnect", farewell)
    socket.close(wait=False)
    assert [[], ["A"], []] == [*seen, sockets.slowly_closed()]
    assert socket.closed

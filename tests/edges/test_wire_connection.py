"""One connection through a relay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from granite_ws.edges.wire_connection import Connection, Way, WireFault, delaying
from tests.edges.wire_lab import Reader, Writer, lab, run


def only(connections: set[Connection]) -> Connection:
    (connection,) = connections
    return connection


def test_each_way_has_its_back() -> None:
    """What the client sends goes up, and back is down."""
    assert (Way.DOWN, Way.UP) == (Way.UP.back, Way.DOWN.back)
    assert ("client", "server") == (Way.UP.value, Way.DOWN.value)


def test_only_a_delay_delays() -> None:
    """A fault without ``delay_s`` holds nothing back."""
    plain, late = WireFault(), WireFault()
    late.delay_s = 1.0
    assert [late] == delaying([plain, late])


def test_it_can_be_cut_once(tmp_path: Path) -> None:
    """The second cut finds it ended, so that nobody counts it twice."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            reader, _ = await it.speaking()
            connection = only(it.relay.connections)
            assert not connection.ended
            assert [True, False] == [connection.cut(reset=True) for _ in range(2)]
            assert connection.ended
            with pytest.raises(ConnectionResetError):
                await reader.read()

    run(work())


def test_a_cut_without_reset_ends_both_sides_with_fin(tmp_path: Path) -> None:
    """Client and server read to the end of their streams."""
    ended: list[bytes] = []

    async def read_on(reader: Reader, writer: Writer) -> None:
        ended.append(await reader.read())
        writer.close()

    async def work() -> None:
        async with lab(tmp_path, read_on) as it:
            reader, writer = await it.dial()
            writer.write(b"words")
            while not it.relay.connections or only(it.relay.connections).closing()["bytes_up"] < 5:
                await asyncio.sleep(0.005)
            only(it.relay.connections).cut(reset=False)
            assert b"" == await reader.read()
            while not ended:
                await asyncio.sleep(0.005)
            assert [b"words"] == ended

    run(work())


def test_a_sender_whose_listener_has_gone_hears_a_reset(tmp_path: Path) -> None:
    """The client goes while the server sends on: the server's connection breaks, as without us."""
    broken = asyncio.Event()

    async def send_on(_: Reader, writer: Writer) -> None:
        try:
            while True:
                writer.write(bytes(10_000))
                await writer.drain()
                await asyncio.sleep(0.005)
        except ConnectionError:
            broken.set()
        writer.close()

    async def work() -> None:
        async with lab(tmp_path, send_on) as it:
            _, writer = await it.dial()
            writer.transport.abort()
            await broken.wait()
            assert "client" == (await it.closed())["first"]

    run(work())

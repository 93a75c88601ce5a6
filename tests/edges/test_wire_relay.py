"""A relay in which nothing is broken, and how faults go in and out."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from pathlib import Path

from granite_ws.edges.wire_connection import Way, WireFault
from granite_ws.edges.wire_faults import Swallow
from granite_ws.edges.wire_relay import HOST
from granite_ws.events import Kind, Witness
from tests.edges.wire_lab import lab, run, say


def test_it_tells_where_it_listens(tmp_path: Path) -> None:
    """Host and port are written by the injector, and a client can connect there."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            (told,) = it.seen(Kind.RELAY_LISTENING)
            assert {"host": HOST, "port": it.relay.port} == told.data
            assert Witness.INJECTOR is told.witness
            await it.speaking()

    run(work())


def test_bytes_pass_whole_and_in_order(tmp_path: Path) -> None:
    """8 MB come back as they were sent."""

    async def work() -> None:
        sent = bytes(range(256)) * 32_768
        async with lab(tmp_path) as it:
            reader, writer = await it.dial()
            writer.write(sent)
            assert sent == await reader.readexactly(len(sent))
            writer.close()
            closed = await it.closed()
            assert (len(sent), len(sent)) == (closed["bytes_up"], closed["bytes_down"])
            assert "client" == closed["first"]
            assert closed["age_s"] >= closed["idle_s"] >= 0

    run(work())


def test_a_healthy_relay_costs_less_than_a_millisecond(tmp_path: Path) -> None:
    """The median echo through it takes less than 1 ms longer than the direct one."""

    async def median(port: int) -> float:
        reader, writer = await asyncio.open_connection(HOST, port)
        clock, times = asyncio.get_running_loop().time, []
        for _ in range(300):
            begun = clock()
            await say(reader, writer, b"2probe")
            times.append(clock() - begun)
        writer.close()
        return statistics.median(times)

    async def work() -> None:
        async with lab(tmp_path) as it:
            direct = await median(it.ports[0])
            assert await median(it.relay.port) - direct < 0.001

    run(work())


def test_the_end_of_one_stream_leaves_the_other_open(tmp_path: Path) -> None:
    """A client that has said all (FIN) still gets its answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"answer to " + await reader.read())
        writer.close()

    async def work() -> None:
        async with lab(tmp_path, answer) as it:
            reader, writer = await it.dial()
            writer.write(b"question")
            writer.write_eof()
            assert b"answer to question" == await reader.read()
            assert "client" == (await it.closed())["first"]

    run(work())


def test_a_server_that_resets_resets_its_client(tmp_path: Path) -> None:
    """RST goes through as RST, and the server is told as the first to go."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.get_extra_info("socket").setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async def work() -> None:
        async with lab(tmp_path, reset) as it:
            reader, writer = await it.dial()
            writer.write(b"?")
            try:
                await reader.read()
            except ConnectionResetError:
                assert "server" == (await it.closed())["first"]
                return
            raise AssertionError("the client saw no RST")

    run(work())


def test_a_server_that_is_not_there_resets_its_client(tmp_path: Path) -> None:
    """Nobody listens behind the relay: the client's connection ends, and so it is told."""

    async def work() -> None:
        free = await asyncio.start_server(lambda *_: None, HOST, 0)
        address = free.sockets[0].getsockname()
        free.close()
        async with lab(tmp_path) as it:
            it.relay.targets = (address,)
            reader, _ = await it.dial()
            with contextlib.suppress(ConnectionResetError):
                assert b"" == await reader.read()
            assert "server" == (await it.closed())["first"]

    run(work())


def test_a_fault_ends_by_itself_after_its_seconds(tmp_path: Path) -> None:
    """Begun, effect and ended are written in this order, and the fault is out."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            it.relay.begin(WireFault(), 0.05)
            while it.relay.faults:
                await asyncio.sleep(0.005)
            kinds = (Kind.FAULT_BEGUN, Kind.FAULT_EFFECT, Kind.FAULT_ENDED)
            told = it.seen(*kinds)
            assert kinds == tuple(event.kind for event in told)
            assert (told[2].at_ns - told[0].at_ns) / 1e9 >= 0.05
            it.relay.heal()
            assert 3 == len(it.seen(*kinds))

    run(work())


def test_leaving_heals_and_closes_all(tmp_path: Path) -> None:
    """A fault that was in is told as ended, and an open connection as ended by the relay."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            await it.speaking()
            it.relay.begin(Swallow("blackhole_both", Way.UP, Way.DOWN))
        assert 1 == len(it.seen(Kind.FAULT_ENDED))
        (closed,) = it.seen(Kind.RELAY_CLOSED)
        assert "relay" == closed.data["first"]

    run(work())

"""What a relay breaks, each fault on real connections."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from granite_ws.edges.wire_connection import WireFault
from granite_ws.edges.wire_faults import NAMES, make_fault, seconds_of
from granite_ws.errors import BadInput
from granite_ws.events import Kind
from tests.edges.wire_lab import Lab, Reader, Writer, lab, run, say

# One duration, and its multiples, for everything that takes time here (seconds).
STEP_S = 0.15


def begin(it: Lab, name: str, seconds: float = 0.0, **figures: Any) -> WireFault:
    fault = make_fault({"fault": name, **figures}, it.relay.targets)
    it.relay.begin(fault, seconds)
    return fault


async def silent(reader: Reader) -> bool:
    """Whether nothing comes within two steps."""
    try:
        await asyncio.wait_for(reader.read(1), 2 * STEP_S)
    except TimeoutError:
        return True
    return False


async def talk_on(reader: Reader, writer: Writer) -> None:
    """Speaks until the connection is lost."""
    while True:
        await say(reader, writer, b"busy")
        await asyncio.sleep(STEP_S / 10)


async def answer_requests(reader: Reader, writer: Writer) -> None:
    """A small HTTP server: says its port, and upgrades, keeps or closes as it is asked to."""
    port = writer.get_extra_info("sockname")[1]
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            word = b"upgraded" if b"upgrade:" in head.lower() else b"plain"
            body = b"%s %d" % (word, port)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            if b"Connection: close" in head:
                break
    except (asyncio.IncompleteReadError, OSError):
        pass
    writer.close()


GET = b"GET /socket.io/ HTTP/1.1\r\nHost: here\r\nConnection: keep-alive\r\n\r\n"
UPGRADE = b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


async def ask(reader: Reader, writer: Writer, head: bytes) -> bytes:
    """The body of the answer."""
    writer.write(head)
    told = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(told.split(b"Content-Length: ")[1].split(b"\r\n")[0]))


def test_cut_resets_every_connection_at_once(tmp_path: Path) -> None:
    """Two clients see ECONNRESET, the next one is served, and the fault has ended by itself."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            clients = [await it.speaking(), await it.speaking()]
            begin(it, "cut")
            for reader, _ in clients:
                with pytest.raises(ConnectionResetError):
                    await reader.read()
            assert 2 == it.effect()
            assert 1 == len(it.seen(Kind.FAULT_ENDED))
            assert "relay" == (await it.closed(2))["first"]
            await it.speaking()

    run(work())


def test_an_idle_connection_is_cut_at_its_age_of_idleness(tmp_path: Path) -> None:
    """Closed with FIN when nothing came for ``idle_s``; one that speaks lives on meanwhile."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            begin(it, "proxy_idle_timeout", idle_s=2 * STEP_S)
            talker = await it.speaking()
            idler, _ = await it.speaking()
            end = asyncio.create_task(idler.read())
            while not end.done():
                await say(*talker, b"still here")
                await asyncio.sleep(STEP_S / 10)
            assert b"" == await end
            closed = await it.closed()
            assert 2 * STEP_S <= closed["idle_s"] < 4 * STEP_S
            assert (2, "relay") == (closed["connection"], closed["first"])
            it.relay.heal()
            assert 1 == it.effect()

    run(work())


def test_an_old_connection_is_cut_even_under_traffic(tmp_path: Path) -> None:
    """At ``age_s`` it ends although it speaks; with ``rst`` as a reset."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            begin(it, "proxy_max_age", age_s=2 * STEP_S, rst=True)
            reader, writer = await it.speaking()
            with pytest.raises(ConnectionError):
                await talk_on(reader, writer)
            closed = await it.closed()
            assert 2 * STEP_S <= closed["age_s"] < 4 * STEP_S
            assert closed["idle_s"] < 2 * STEP_S
            it.relay.heal()
            assert 1 == it.effect()

    run(work())


@pytest.mark.parametrize(
    ("name", "up", "down"),
    [
        ("blackhole_both", 0, 0),
        ("loss_client_to_server", 0, 5),
        ("loss_server_to_client", 5, 0),
    ],
)
def test_bytes_are_swallowed_while_tcp_stays_up(
    tmp_path: Path, name: str, up: int, down: int
) -> None:
    """Only the lost direction is silent, also after healing; a new connection passes."""
    there: asyncio.Queue[tuple[Reader, Writer]] = asyncio.Queue()

    async def give(reader: Reader, writer: Writer) -> None:
        there.put_nowait((reader, writer))

    async def work() -> None:
        async with lab(tmp_path, give) as it:
            reader, writer = await it.dial()
            far_reader, far_writer = await there.get()
            begin(it, name)
            writer.write(b"tell?")
            far_writer.write(b"told!")
            if up:
                assert b"tell?" == await far_reader.readexactly(up)
            if down:
                assert b"told!" == await reader.readexactly(down)
            assert (up, down) != (0, 0) or await silent(reader)
            it.relay.heal()
            lost = 10 - up - down
            assert lost == it.effect()
            # A stream with a hole in it is garbage: what was lost stays lost.
            writer.write(b"again")
            far_writer.write(b"again")
            assert up or await silent(far_reader)
            assert down or await silent(reader)
            _, fresh = await it.dial()
            fresh.write(b"fresh")
            new_reader, _ = await there.get()
            assert b"fresh" == await new_reader.readexactly(5)

    run(work())


def test_nobody_learns_through_a_dead_line_that_the_other_has_gone(tmp_path: Path) -> None:
    """A client leaves a blackholed connection: the server hears no FIN, and its bytes vanish."""
    there: asyncio.Queue[tuple[Reader, Writer]] = asyncio.Queue()

    async def give(reader: Reader, writer: Writer) -> None:
        there.put_nowait((reader, writer))

    async def work() -> None:
        async with lab(tmp_path, give) as it:
            _, writer = await it.dial()
            far_reader, far_writer = await there.get()
            begin(it, "loss_client_to_server")
            writer.close()
            await writer.wait_closed()
            for _ in range(3):
                far_writer.write(b"anyone?")
                assert await silent(far_reader)
            assert () == it.seen(Kind.RELAY_CLOSED)
            far_writer.close()
            assert "client" == (await it.closed())["first"]

    run(work())


def test_a_delay_keeps_the_order(tmp_path: Path) -> None:
    """Each way takes ``delay_s``; what is sent after the healing still comes behind."""

    async def work() -> None:
        async with lab(tmp_path) as it:
            reader, writer = await it.speaking()
            clock = asyncio.get_running_loop().time
            begin(it, "ping_timeout_too_short", delay_s=STEP_S)
            begun = clock()
            await say(reader, writer, b"2")
            assert 2 * STEP_S <= clock() - begun < 6 * STEP_S
            for number in range(9):
                writer.write(b"%d" % number)
                await writer.drain()
            await asyncio.sleep(STEP_S / 3)
            it.relay.heal()
            writer.write(b"9")
            assert b"0123456789" == await reader.readexactly(10)
            assert STEP_S <= it.effect() < 5 * STEP_S

    run(work())


def test_a_throttle_holds_the_server_back(tmp_path: Path) -> None:
    """At 1 MB/s a server that sends 16 MB cannot get rid of most of it; healed, all comes."""
    left: list[float] = []

    async def flood(_: Reader, writer: Writer) -> None:
        writer.write(bytes(16_000_000))
        left.append(0)
        await writer.drain()
        left.append(1)
        writer.close()

    async def work() -> None:
        async with lab(tmp_path, flood) as it:
            begin(it, "slow_consumer_backlog", bytes_per_s=1_000_000)
            reader, _ = await it.dial()
            clock = asyncio.get_running_loop().time
            begun = clock()
            await reader.readexactly(500_000)
            assert 0.4 <= clock() - begun < 2
            assert [0] == left
            it.relay.heal()
            assert 15_500_000 == len(await reader.read(-1))
            assert it.effect() >= 0.4

    run(work())


def test_an_upgrade_fails_and_polling_works(tmp_path: Path) -> None:
    """The server sees a plain request; one without ``Upgrade`` keeps its connection."""

    async def work() -> None:
        async with lab(tmp_path, answer_requests) as it:
            begin(it, "upgrade_failed")
            reader, writer = await it.dial()
            for head in (GET, GET, UPGRADE):
                assert (await ask(reader, writer, head)).startswith(b"plain")
            assert b"" == await reader.read()
            it.relay.heal()
            assert 1 == it.effect()
            assert (await ask(*await it.dial(), UPGRADE)).startswith(b"upgraded")

    run(work())


def test_requests_really_reach_different_servers(tmp_path: Path) -> None:
    """In turn, one connection each, also from one that was kept alive; upgrades stay whole."""

    async def work() -> None:
        async with lab(tmp_path, answer_requests, answer_requests) as it:
            kept = await it.dial()
            assert (await ask(*kept, GET)).endswith(b"%d" % it.ports[0])
            begin(it, "no_sticky_session")
            await ask(*kept, GET)
            assert b"" == await kept[0].read()
            answers = [await ask(*await it.dial(), GET) for _ in range(4)]
            assert it.ports * 2 == [int(answer.split()[1]) for answer in answers]
            assert (await ask(*await it.dial(), UPGRADE)).startswith(b"upgraded")
            it.relay.heal()
            assert 2 == it.effect()

    run(work())


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"fault": "gremlins"},
        {"fault": ["cut"]},
        {"fault": "proxy_max_age"},
        {"fault": "proxy_idle_timeout", "idle_s": 0},
        {"fault": "ping_timeout_too_short", "delay_s": "1"},
        {"fault": "slow_consumer_backlog", "bytes_per_s": True},
        {"fault": "no_sticky_session"},
    ],
)
def test_an_order_that_cannot_be_is_refused_in_one_line(order: dict[str, Any]) -> None:
    """Key and value are named, and where."""
    with pytest.raises(BadInput, match=r"^relay: ") as refused:
        make_fault(order, [("127.0.0.1", 1)])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("seconds", [-1, "2", False, float("nan"), float("inf"), None])
def test_a_length_that_cannot_be_is_refused(seconds: object) -> None:
    """Seconds are a number, and none is below 0."""
    with pytest.raises(BadInput, match="seconds"):
        seconds_of({"seconds": seconds})


def test_no_length_is_until_healed() -> None:
    """Nothing said, and 0, are the same."""
    assert (0.0, 0.0, 2.0) == (
        seconds_of({}),
        seconds_of({"seconds": 0}),
        seconds_of({"seconds": 2}),
    )


def test_every_fault_of_the_wire_can_be_ordered() -> None:
    """Each name gives the fault of that name, and every one says what it measures."""
    figures = {"idle_s": 1, "age_s": 1, "delay_s": 1, "bytes_per_s": 1}
    made = [make_fault({"fault": name, **figures}, [("h", 1), ("h", 2)]) for name in NAMES]
    assert NAMES == tuple(fault.name for fault in made)
    assert all(fault.what for fault in made)

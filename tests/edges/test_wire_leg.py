"""One socket of a relay."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from granite_ws.edges.wire_leg import Leg
from tests.edges.wire_lab import Reader, Writer, run


@dataclass
class Late:
    """Holds bytes back."""

    delay_s: float
    amount: float = 0.0


async def pair() -> tuple[Leg, Reader, Writer]:
    """A leg, and the peer that it writes to."""
    peer: asyncio.Future[tuple[Reader, Writer]] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda r, w: peer.set_result((r, w)), "127.0.0.1", 0)
    leg = Leg(*await asyncio.open_connection(*server.sockets[0].getsockname()))
    reader, writer = await peer
    server.close()
    return leg, reader, writer


def test_what_is_late_stays_in_order() -> None:
    """After the delay is over, later bytes still come behind the late ones; then the end."""

    async def work() -> None:
        leg, reader, writer = await pair()
        late = Late(0.1)
        begun = asyncio.get_running_loop().time()
        for number in range(5):
            await leg.send(b"%d" % number, [late])
        await leg.send(b"5", [])
        await leg.send(None, [])
        assert b"012345" == await reader.read()
        assert 0.1 <= asyncio.get_running_loop().time() - begun < 5
        assert 0.1 <= late.amount < 5
        await leg.finish()
        writer.close()

    run(work())


def test_finishing_waits_for_what_is_late() -> None:
    """Closing loses nothing that a delay still holds."""

    async def work() -> None:
        leg, reader, writer = await pair()
        await leg.send(b"late", [Late(0.05)])
        await leg.finish()
        assert b"late" == await reader.read()
        writer.close()

    run(work())


def test_a_reset_is_a_reset() -> None:
    """The peer sees ECONNRESET, not the end of a stream."""

    async def work() -> None:
        leg, reader, writer = await pair()
        leg.end(reset=True)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    run(work())


def test_an_end_without_reset_is_a_fin() -> None:
    """The peer reads to the end of the stream."""

    async def work() -> None:
        leg, reader, writer = await pair()
        leg.end(reset=False)
        assert b"" == await reader.read()
        writer.close()

    run(work())

"""A relay between real sockets: servers that echo or listen, clients, and the events written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import read_events
from granite_ws.edges.wire_relay import HOST, Relay
from granite_ws.events import Event, Kind, Witness

LIMIT_S = 20.0

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs one test to its end, or fails at the deadline."""
    asyncio.run(asyncio.wait_for(work, LIMIT_S))


async def echo(reader: Reader, writer: Writer) -> None:
    """Says everything back, and closes when the other side has."""
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    writer.close()


@dataclass
class Lab:
    """What a test plays with."""

    relay: Relay
    ports: list[int]
    events: Path
    writers: list[Writer] = field(default_factory=list)

    async def dial(self) -> tuple[Reader, Writer]:
        """A client's connection through the relay."""
        reader, writer = await asyncio.open_connection(HOST, self.relay.port)
        self.writers.append(writer)
        return reader, writer

    async def speaking(self) -> tuple[Reader, Writer]:
        """A client's connection over which an echo has come back."""
        reader, writer = await self.dial()
        await say(reader, writer, b"hello")
        return reader, writer

    def seen(self, *kinds: Kind) -> tuple[Event, ...]:
        """What the relay has written down."""
        return read_events(self.events).of(*kinds)

    async def closed(self, number: int = 1) -> dict[str, Any]:
        """The data of that many connections' last ``RELAY_CLOSED``, once it is written."""
        while len(found := self.seen(Kind.RELAY_CLOSED)) < number:
            await asyncio.sleep(0.005)
        return dict(found[-1].data)

    def effect(self) -> float:
        """How much the only fault did."""
        (told,) = self.seen(Kind.FAULT_EFFECT)
        return float(told.data["amount"])


async def say(reader: Reader, writer: Writer, words: bytes) -> None:
    """Sends, and waits until the same has come back."""
    writer.write(words)
    assert words == await reader.readexactly(len(words))


@asynccontextmanager
async def lab(folder: Path, *handlers: Handler) -> AsyncIterator[Lab]:
    """A relay in front of one server for each handler (none: one that echoes)."""
    events = folder / "events.jsonl"
    pen = Recorder(Witness.INJECTOR, events)
    servers = [await asyncio.start_server(h, HOST, 0) for h in handlers or (echo,)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    try:
        async with Relay(pen, [(HOST, port) for port in ports]) as relay:
            made = Lab(relay, ports, events)
            yield made
            for writer in made.writers:
                writer.close()
    finally:
        for server in servers:
            server.close()
        pen.close()

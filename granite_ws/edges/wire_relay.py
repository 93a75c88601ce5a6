"""A TCP relay between clients and server; faults are put in and taken out while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.wire_connection import Address, Connection, WireFault
from granite_ws.events import Kind

HOST = "127.0.0.1"


class Relay:
    """Listens on a free port of 127.0.0.1 and passes bytes on to the first target.

    targets:     where the server listens; a fault may send connections to the others too.
    connections: the open ones.
    faults:      the ones that act now. Leaving the ``async with`` block heals and closes all.
    """

    def __init__(self, recorder: Recorder, targets: Sequence[Address]) -> None:
        self.targets = tuple(targets)
        self.connections: set[Connection] = set()
        self.faults: list[WireFault] = []
        self.port = 0
        self._recorder = recorder
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, HOST, 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]
        self._recorder.record(Kind.RELAY_LISTENING, host=HOST, port=self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.heal()
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.cut(reset=False)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def begin(self, fault: WireFault, seconds: float = 0.0) -> None:
        """Puts a fault in, for so many seconds; 0: until it is healed."""
        self._recorder.record(Kind.FAULT_BEGUN, fault=fault.name, seconds=seconds, **fault.facts)
        self.faults.append(fault)
        fault.begin(self.connections)
        if fault.momentary:
            self.end(fault)
        elif seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self.end, fault)

    def end(self, fault: WireFault) -> None:
        """Takes a fault out, and tells what it did; nothing where that has been done."""
        if fault not in self.faults:
            return
        self.faults.remove(fault)
        fault.end()
        self._recorder.record(
            Kind.FAULT_EFFECT, fault=fault.name, what=fault.what, amount=fault.amount
        )
        self._recorder.record(Kind.FAULT_ENDED, fault=fault.name)

    def heal(self) -> None:
        """Takes every fault out."""
        for fault in tuple(self.faults):
            self.end(fault)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._count += 1
        target = self._choose()
        connection = Connection(self._count, self.faults, self._recorder.clock)
        told = f"{target[0]}:{target[1]}"
        self._recorder.record(Kind.RELAY_OPENED, connection=self._count, to=told)
        self.connections.add(connection)
        for fault in self.faults:
            fault.opened(connection, fresh=True)
        await connection.run((reader, writer), target)
        self.connections.discard(connection)
        self._recorder.record(Kind.RELAY_CLOSED, **connection.closing())

    def _choose(self) -> Address:
        chosen = [fault.target(self.targets) for fault in self.faults]
        return next((target for target in chosen if target is not None), self.targets[0])

"""One socket of a relay: written to in order, late where a delay asks for it, closed or reset."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from typing import Protocol

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST instead of FIN


class Delaying(Protocol):
    """What holds bytes back for ``delay_s``; ``amount`` becomes the longest delay measured."""

    delay_s: float
    amount: float


class Leg:
    """One of a connection's two sockets, written to in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, float, bytes | None, list[Delaying]]] = deque()

    async def send(self, data: bytes | None, delaying: list[Delaying]) -> None:
        """Sends now, or later and behind all that already waits; None is the end of the stream.

        Raises ConnectionError when the peer is gone. What waits for a delay is not bounded: a
        long line holds as many bytes as it is long.
        """
        if not delaying and not self._waiting:
            self._write(data)
            await self.writer.drain()
            return
        now = self._loop.time()
        due = now + sum(fault.delay_s for fault in delaying)
        if self._waiting:
            due = max(due, self._waiting[-1][0])  # the order of TCP holds
        else:
            self._loop.call_at(due, self._deliver)
        self._waiting.append((due, now, data, delaying))

    def _deliver(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, came, data, delaying = self._waiting.popleft()
            self._write(data)
            for fault in delaying:
                fault.amount = max(fault.amount, now - came)
        if self._waiting:
            self._loop.call_at(self._waiting[0][0], self._deliver)

    def _write(self, data: bytes | None) -> None:
        if self.writer.transport.is_closing():
            return
        if data is not None:
            self.writer.write(data)
        elif self.writer.can_write_eof():
            with suppress(OSError):
                self.writer.write_eof()

    async def finish(self) -> None:
        """Closes once all that waits is on its way; the system sends what is left."""
        while self._waiting:
            await asyncio.sleep(max(self._waiting[-1][0] - self._loop.time(), 0))
        self.writer.transport.close()

    def end(self, *, reset: bool) -> None:
        """Closes: with RST, or with FIN where nothing is left that the peer does not take."""
        transport = self.writer.transport
        raw = self.writer.get_extra_info("socket")
        if reset and not transport.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if reset or transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()

    def narrow(self, size: int) -> None:
        """Makes the system's own buffer for what comes here small (bytes)."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

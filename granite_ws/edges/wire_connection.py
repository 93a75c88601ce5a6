"""One client's connection through a relay, and what a fault can do to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

from granite_ws.edges.clock import Clock
from granite_ws.edges.wire_http import HeadEditor
from granite_ws.edges.wire_leg import Delaying, Leg

CHUNK = 65_536

Address = tuple[str, int]


class Way(StrEnum):
    """The direction of bytes; the value names who sent them."""

    UP = "client"
    DOWN = "server"

    @property
    def back(self) -> Way:
        """The other direction."""
        return Way.DOWN if self is Way.UP else Way.UP


class WireFault:
    """One fault of the wire. This one changes nothing; each real one overrides what it breaks.

    name:        the fault's word in orders and events.
    what:        what ``amount`` counts; the measured effect.
    momentary:   True where it ends as soon as it has begun.
    delay_s:     how long every byte is held back, each way.
    slice_bytes: how much passes at once; ``hold`` is asked before each slice.
    """

    name = ""
    what = ""
    momentary = False
    delay_s = 0.0
    slice_bytes = CHUNK

    def __init__(self) -> None:
        self.amount = 0.0
        self.facts: dict[str, Any] = {}

    def begin(self, connections: Iterable[Connection]) -> None:
        """The connections that are open are hit as those that come."""
        for connection in tuple(connections):
            self.opened(connection, fresh=False)

    def opened(self, connection: Connection, *, fresh: bool) -> None:
        """A connection is there: new (``fresh``), or open since before the fault."""

    def target(self, targets: Sequence[Address]) -> Address | None:
        """Which server the next connection goes to; None: no opinion."""
        return None

    async def hold(self, connection: Connection, way: Way, size: int) -> None:
        """Waits until ``size`` more bytes may pass."""

    def end(self) -> None:
        """Heals."""


class Connection:
    """One client's connection and its twin to the server.

    number:     1, 2, 3 ... in the order of coming.
    swallowers: the fault that swallows a direction, for the connection's whole life: a stream
                with a hole in it is garbage, so healing lets only new connections pass.
    editors:    what edits the client's request heads.
    """

    def __init__(self, number: int, faults: Sequence[WireFault], clock: Clock) -> None:
        self.number = number
        self.swallowers: dict[Way, WireFault] = {}
        self.editors: list[HeadEditor] = []
        self._faults = faults  # the relay's own list, which changes
        self._clock = clock
        self._legs: dict[Way, Leg] = {}  # by the direction of what comes from them
        self._bytes = {Way.UP: 0, Way.DOWN: 0}
        self._narrow: dict[Way, int] = {}
        self._first: str | None = None
        self._task = asyncio.current_task()
        self.opened_ns = self.last_ns = clock.now_ns()

    async def run(
        self, client: tuple[asyncio.StreamReader, asyncio.StreamWriter], target: Address
    ) -> None:
        """Passes bytes until both sides have ended, or the relay cuts."""
        self._legs[Way.UP] = Leg(*client)
        try:
            self._legs[Way.DOWN] = Leg(*await asyncio.open_connection(*target))
            for way, size in self._narrow.items():
                self._legs[way].narrow(size)
            await asyncio.gather(self._pump(Way.UP), self._pump(Way.DOWN))
            await asyncio.gather(*(leg.finish() for leg in self._legs.values()))
        except OSError:
            self._first = self._first or Way.DOWN.value  # nobody listens there
            self._reset_all()
        except asyncio.CancelledError:
            self._first = self._first or "relay"
            for leg in self._legs.values():
                leg.end(reset=False)

    @property
    def ended(self) -> bool:
        """Whether it is over, or about to be."""
        return self._task is None or self._task.done() or self._task.cancelling() > 0

    def now_ns(self) -> int:
        """The time on the clock that ``opened_ns`` and ``last_ns`` are from."""
        return self._clock.now_ns()

    def cut(self, *, reset: bool) -> bool:
        """Ends both sides now; False where they have ended before."""
        if self.ended or self._task is None:
            return False
        self._first = self._first or "relay"
        if reset:
            self._reset_all()
        self._task.cancel()
        return True

    def narrow(self, way: Way, size: int) -> None:
        """Makes the system's own buffer for what comes this way small (bytes)."""
        self._narrow[way] = size
        if way in self._legs:
            self._legs[way].narrow(size)

    def closing(self) -> dict[str, Any]:
        """What is told of it in the end."""
        now = self._clock.now_ns()
        return {
            "connection": self.number,
            "first": self._first,
            "age_s": (now - self.opened_ns) / 1e9,
            "idle_s": (now - self.last_ns) / 1e9,
            "bytes_up": self._bytes[Way.UP],
            "bytes_down": self._bytes[Way.DOWN],
        }

    async def _pump(self, way: Way) -> None:
        source, sink = self._legs[way], self._legs[way.back]
        reset = False
        try:
            while chunk := await source.reader.read(CHUNK):
                self.last_ns = self._clock.now_ns()
                self._bytes[way] += len(chunk)
                await self._pass_on(way, chunk)
        except OSError:
            reset = True
        self._first = self._first or way.value
        if way in self.swallowers:
            return  # on a dead line nobody learns that the other side has gone
        if reset:
            sink.end(reset=True)
            return
        rest = b"".join(editor.rest() for editor in self.editors) if way is Way.UP else b""
        with suppress(OSError):
            if rest:
                await sink.send(rest, delaying(self._faults))
            await sink.send(None, delaying(self._faults))

    async def _pass_on(self, way: Way, chunk: bytes) -> None:
        if way in self.swallowers:
            self.swallowers[way].amount += len(chunk)
            return
        for editor in self.editors if way is Way.UP else ():
            chunk = editor.feed(chunk)
        size = min((fault.slice_bytes for fault in self._faults), default=CHUNK)
        for start in range(0, len(chunk), size):
            part = chunk[start : start + size]
            for fault in tuple(self._faults):
                await fault.hold(self, way, len(part))
            try:
                await self._legs[way.back].send(part, delaying(self._faults))
            except OSError:
                self._peer_is_gone(way)
                return

    def _peer_is_gone(self, way: Way) -> None:
        """Whoever should get these bytes has gone: the sender hears RST, unless it cannot."""
        self._first = self._first or way.back.value
        if way.back not in self.swallowers:
            self._legs[way].end(reset=True)

    def _reset_all(self) -> None:
        for leg in self._legs.values():
            leg.end(reset=True)


def delaying(faults: Iterable[WireFault]) -> list[Delaying]:
    """The faults that hold bytes back."""
    return [fault for fault in faults if fault.delay_s]

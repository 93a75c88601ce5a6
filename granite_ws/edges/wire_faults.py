"""What a relay can break: each fault one small shape, with a beginning and an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from granite_ws.edges.wire_connection import CHUNK, Address, Connection, Way, WireFault
from granite_ws.edges.wire_http import (
    HeadEditor,
    asks_for_upgrade,
    closing_after,
    without_upgrade,
)
from granite_ws.errors import BadInput

# A throttled server must feel it: the system's own buffer for its bytes is made this small.
_NARROW_BYTES = 65_536
# A throttle lets bytes pass so often (times a second).
_SLICES_PER_S = 50


class Cut(WireFault):
    """Every connection ends at once, with RST both ways."""

    name = "cut"
    what = "connections cut"
    momentary = True

    def opened(self, connection: Connection, *, fresh: bool) -> None:
        """Cuts it."""
        self.amount += connection.cut(reset=True)


class _Deadline(WireFault):
    """Cuts a connection when its time has come."""

    what = "connections cut"

    def __init__(self, limit_s: float, *, rst: bool) -> None:
        super().__init__()
        self._limit_ns = int(limit_s * 1e9)
        self._reset = rst
        self._timers: dict[Connection, asyncio.TimerHandle] = {}

    def opened(self, connection: Connection, *, fresh: bool) -> None:
        """Looks at it now, and again whenever its time may have come."""
        left_s = (self._since_ns(connection) + self._limit_ns - connection.now_ns()) / 1e9
        if left_s > 0 and not connection.ended:
            loop = asyncio.get_running_loop()
            again = partial(self.opened, connection, fresh=False)
            self._timers[connection] = loop.call_later(left_s, again)
            return
        self._timers.pop(connection, None)
        self.amount += connection.cut(reset=self._reset)

    def end(self) -> None:
        """Stops the clocks."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _since_ns(self, connection: Connection) -> int:
        raise NotImplementedError


class IdleTimeout(_Deadline):
    """Cuts what had no byte either way for ``idle_s``; what has been idle longer, at once."""

    name = "proxy_idle_timeout"

    def __init__(self, *, idle_s: float, rst: bool = False) -> None:
        super().__init__(idle_s, rst=rst)

    def _since_ns(self, connection: Connection) -> int:
        return connection.last_ns


class MaxAge(_Deadline):
    """Cuts at the age of ``age_s``, even under traffic; what is older, at once."""

    name = "proxy_max_age"

    def __init__(self, *, age_s: float, rst: bool = False) -> None:
        super().__init__(age_s, rst=rst)

    def _since_ns(self, connection: Connection) -> int:
        return connection.opened_ns


class Swallow(WireFault):
    """Bytes are read and thrown away while TCP stays up; so are a FIN and a RST."""

    what = "bytes swallowed"

    def __init__(self, name: str, *ways: Way) -> None:
        super().__init__()
        self.name = name
        self._ways = ways

    def opened(self, connection: Connection, *, fresh: bool) -> None:
        """For good: healing lets only new connections pass."""
        for way in self._ways:
            connection.swallowers.setdefault(way, self)


class Delay(WireFault):
    """Every byte comes ``delay_s`` later, each way, in order."""

    name = "ping_timeout_too_short"
    what = "longest delay, seconds"

    def __init__(self, *, delay_s: float) -> None:
        super().__init__()
        self.delay_s = delay_s


class Throttle(WireFault):
    """Each connection gets ``bytes_per_s`` from the server, which is held back in turn."""

    name = "slow_consumer_backlog"
    what = "seconds that bytes were held back"

    def __init__(self, *, bytes_per_s: float) -> None:
        super().__init__()
        self._rate = bytes_per_s
        self.slice_bytes = min(max(int(bytes_per_s / _SLICES_PER_S), 1), CHUNK)
        self._free_at: dict[Connection, float] = {}

    def opened(self, connection: Connection, *, fresh: bool) -> None:
        """The server's side must notice soon."""
        connection.narrow(Way.DOWN, _NARROW_BYTES)

    async def hold(self, connection: Connection, way: Way, size: int) -> None:
        """Waits for the slices before."""
        if way is Way.UP:
            return
        now = asyncio.get_running_loop().time()
        free_at = max(self._free_at.get(connection, now), now)
        self._free_at[connection] = free_at + size / self._rate
        if free_at > now:
            self.amount += free_at - now
            await asyncio.sleep(free_at - now)

    def end(self) -> None:
        """Forgets the connections."""
        self._free_at.clear()


class _HeadFault(WireFault):
    """Edits the heads of requests."""

    def __init__(self) -> None:
        super().__init__()
        self._editors: list[HeadEditor] = []

    def _edit(self, head: bytes) -> bytes:
        raise NotImplementedError

    def opened(self, connection: Connection, *, fresh: bool) -> None:
        """From its next request on."""
        editor = HeadEditor(self._edit, fresh=fresh)
        connection.editors.append(editor)
        self._editors.append(editor)

    def end(self) -> None:
        """Lets heads pass as they are."""
        for editor in self._editors:
            editor.stop()
        self._editors.clear()


class UpgradeFailed(_HeadFault):
    """Requests lose ``Upgrade``: the WebSocket handshake fails, polling works."""

    name = "upgrade_failed"
    what = "Upgrade headers stripped"

    def _edit(self, head: bytes) -> bytes:
        if not asks_for_upgrade(head):
            return head
        self.amount += 1
        return without_upgrade(head)


class NoStickySession(_HeadFault):
    """Each connection goes to the next server, and each polling request is one of its own."""

    name = "no_sticky_session"
    what = "connections sent to another server than the first"

    def __init__(self, targets: Sequence[Address]) -> None:
        super().__init__()
        if len(targets) < 2:
            allowed = "two --to or more, so that there is another server"
            raise BadInput("fault", self.name, allowed=allowed, where="relay")
        self._turn = 0

    def target(self, targets: Sequence[Address]) -> Address | None:
        """The next in turn, the first one first."""
        chosen = targets[self._turn % len(targets)]
        self._turn += 1
        self.amount += chosen != targets[0]
        return chosen

    def _edit(self, head: bytes) -> bytes:
        return head if asks_for_upgrade(head) else closing_after(head)


_WAYS = {
    "blackhole_both": (Way.UP, Way.DOWN),
    "loss_server_to_client": (Way.DOWN,),
    "loss_client_to_server": (Way.UP,),
}
_Make = Callable[[Mapping[str, Any], Sequence[Address]], WireFault]


def _swallow(name: str) -> _Make:
    return lambda _order, _targets: Swallow(name, *_WAYS[name])


_MAKES: dict[str, _Make] = {
    Cut.name: lambda _order, _targets: Cut(),
    IdleTimeout.name: lambda order, _targets: IdleTimeout(
        idle_s=_positive(order, "idle_s"), rst=order.get("rst") is True
    ),
    MaxAge.name: lambda order, _targets: MaxAge(
        age_s=_positive(order, "age_s"), rst=order.get("rst") is True
    ),
    Delay.name: lambda order, _targets: Delay(delay_s=_positive(order, "delay_s")),
    Throttle.name: lambda order, _targets: Throttle(bytes_per_s=_positive(order, "bytes_per_s")),
    UpgradeFailed.name: lambda _order, _targets: UpgradeFailed(),
    NoStickySession.name: lambda _order, targets: NoStickySession(targets),
    **{name: _swallow(name) for name in _WAYS},
}
NAMES = tuple(_MAKES)
_FIGURES = ("idle_s", "age_s", "rst", "delay_s", "bytes_per_s")


def make_fault(order: Mapping[str, Any], targets: Sequence[Address]) -> WireFault:
    """The fault that an order names, with its own figures. Raises BadInput."""
    name = order.get("fault")
    if not isinstance(name, str) or name not in _MAKES:
        raise BadInput("fault", name, allowed=f"one of {', '.join(NAMES)}", where="relay")
    fault = _MAKES[name](order, targets)
    fault.facts = {key: order[key] for key in _FIGURES if key in order}
    return fault


def seconds_of(order: Mapping[str, Any]) -> float:
    """How long an order lasts; 0, or nothing said: until it is healed. Raises BadInput."""
    seconds = order.get("seconds", 0)
    return 0.0 if seconds == 0 and seconds is not False else _positive(order, "seconds")


def _positive(order: Mapping[str, Any], key: str) -> float:
    value = order.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise BadInput(key, value, allowed="a number above 0", where="relay")
    return float(value)

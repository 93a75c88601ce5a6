"""Request heads as they pass a relay: found in the stream of bytes, and edited."""

from __future__ import annotations

import re
from collections.abc import Callable

_START = re.compile(rb"[A-Z]{3,7} /")
_START_SO_FAR = re.compile(rb"[A-Z]{0,7}( /?)?\Z")
_END = b"\r\n\r\n"
# No request of a Socket.IO client has a longer head; what never ends is let through (bytes).
_LONGEST = 65_536

Edit = Callable[[bytes], bytes]


class HeadEditor:
    """Bytes of a client in, the same bytes out with every request head edited.

    A head is held back until it is whole. On a fresh connection it may be cut anywhere; later
    requests of a connection that is kept alive are known by a chunk that begins like one, as
    every client that waits for its answers sends them. Frames of a WebSocket pass untouched.
    """

    def __init__(self, edit: Edit, *, fresh: bool) -> None:
        self._edit: Edit | None = edit
        self._fresh = fresh
        self._held = b""

    def stop(self) -> None:
        """Edits no more; what is held back goes out with the next chunk."""
        self._edit = None

    def feed(self, chunk: bytes) -> bytes:
        """What may go on; empty while a head is incomplete."""
        data, self._held = self._held + chunk, b""
        if self._edit is None or not self._begins_like_a_request(data):
            self._fresh = False
            return data
        end = data.find(_END)
        if end < 0 and len(data) <= _LONGEST:
            self._held = data
            return b""
        self._fresh = False
        if end < 0:
            return data
        return self._edit(data[: end + 2]) + data[end + 2 :]

    def rest(self) -> bytes:
        """What is still held back when the client has ended."""
        data, self._held = self._held, b""
        return data

    def _begins_like_a_request(self, data: bytes) -> bool:
        whole = _START.match(data) is not None
        return whole or (self._fresh and _START_SO_FAR.match(data) is not None)


def asks_for_upgrade(head: bytes) -> bool:
    """Whether the request asks to become a WebSocket."""
    return any(_name(line) == b"upgrade" for line in head.split(b"\r\n"))


def without_upgrade(head: bytes) -> bytes:
    """The head without ``Upgrade``, as a proxy that knows no WebSocket passes it on."""
    return _closing(head, drop=(b"upgrade", b"connection"))


def closing_after(head: bytes) -> bytes:
    """The head with ``Connection: close``, so that the next request is a connection of its own."""
    return _closing(head, drop=(b"connection",))


def _closing(head: bytes, *, drop: tuple[bytes, ...]) -> bytes:
    lines = [line for line in head.split(b"\r\n") if _name(line) not in drop]
    return b"\r\n".join([*lines[:-1], b"Connection: close", b""])


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()

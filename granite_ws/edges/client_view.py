"""What one Python Socket.IO client sees, written down alike for the sync and the async library.

Nothing here may raise: it runs inside the library's own handlers, where an exception of ours would
look like a fault of the connection.
"""

from __future__ import annotations

import json
import logging
import os
import re
from typing import Any

from granite_ws.edges.recorder import Recorder
from granite_ws.events import Event, Kind

# One Engine.IO message that holds a Socket.IO packet: its type, the number of attachments, the
# namespace, the number of an acknowledgement, the JSON text.
_PACKET = re.compile(r"(\d)(?:(\d+)-)?(?:(/[^,]*),)?(\d+)?(.*)", re.DOTALL)
_EVENT_NAME = re.compile(r'\s*\[\s*("(?:[^"\\]|\\.){0,500}")')
_EVENTS = ("2", "5")
# Longer texts are read only as far as their event's name: a second parse would slow the client.
_PARSED_CHARS = 1_000_000
_TROUBLE = ("abort", "error", "failed", "lost")
_ROUTINE = ("Received", "Sending", "Emitting")
_NEXT_TRY = "Connection failed, new attempt"
_UPGRADED = "upgrade was successful"
_LINE_CHARS = 500


class ClientView:
    """The eyes of one client, which is number ``client`` in its session, of ``client_kind``."""

    def __init__(self, client: int, client_kind: str, recorder: Recorder) -> None:
        self.client = client
        self.client_kind = client_kind
        self.own_closing = False
        self.sid: str | None = None  # the Engine.IO session that is open, or was last
        self._recorder = recorder
        self._is_opening = False
        self._is_open = False
        self._last_log: str | None = None

    def record(self, kind: Kind, **data: Any) -> Event:
        """One event of this client, about its newest Engine.IO session."""
        facts = {"client": self.client, "client_kind": self.client_kind, **data}
        return self._recorder.record(kind, sid=self.sid, **facts)

    def opened(self, sid: str | None) -> None:
        """The engine is connected; the namespace is not yet."""
        self.sid, self._last_log, self._is_opening = sid, None, True

    def connected(self, engine: Any, *, client_id: str | None) -> None:
        """The namespace is connected; ``engine`` is python-engineio's client."""
        self.sid, self._is_opening, self._is_open = engine.sid, False, True
        self.record(
            Kind.CONNECTED,
            client_id=client_id,
            transport=engine.current_transport,
            ping_interval_s=engine.ping_interval,
            ping_timeout_s=engine.ping_timeout,
            pid=os.getpid(),
        )

    def disconnected(self, reason: object, *, close_code: int | None = None) -> None:
        """The connection ended; a second word about the same end is not recorded."""
        if not self._is_open:
            return
        self._is_open = False
        self.record(
            Kind.DISCONNECTED,
            reason=str(reason),
            own=self.own_closing,
            last_log=self._last_log,
            details={},  # the JavaScript client's second argument; Python's libraries have none
            close_code=close_code,
        )
        self._last_log = None

    def engine_ended(self, reason: object, *, close_code: int | None = None) -> None:
        """The engine lost its session; before the namespace was there, that is a refusal."""
        if self._is_open:
            self.disconnected(reason, close_code=close_code)
        elif self._is_opening and not self.own_closing:
            self._is_opening = False
            told = f" ({self._last_log})" if self._last_log else ""
            self.refused(f"{reason} before the namespace was connected{told}")

    def refused(self, *details: object) -> None:
        """A connection, or a new attempt, that came to nothing."""
        told = ", ".join(str(detail) for detail in details)
        self.record(Kind.CONNECT_FAILED, error=told[:_LINE_CHARS])

    def message(self, data: object) -> None:
        """A Socket.IO packet as it came, before the library decodes it."""
        self.record(Kind.MESSAGE_RECEIVED, **measure(data))

    def logger(self, library: str) -> logging.Logger:
        """A logger of this client alone, whose telling lines become events."""
        logger = logging.getLogger(f"probe.{self.client}.{library}")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.handlers = [_Listener(self, library)]
        return logger

    def heard(self, library: str, record: logging.LogRecord) -> None:
        """A line of the client library: kept when it may explain a drop, or an upgrade."""
        text = record.getMessage()[:_LINE_CHARS]
        # What a library says about a closing that was asked for explains nothing.
        if self.own_closing or text.startswith(_ROUTINE):
            return
        words = text.lower()
        trouble = record.levelno >= logging.WARNING or any(w in words for w in _TROUBLE)
        # That a library will try again is kept, but is not why the last try ended.
        if trouble and not text.startswith(_NEXT_TRY):
            self._last_log = text
        if trouble or _UPGRADED in words:
            self.record(Kind.CLIENT_LOG, logger=library, level=record.levelname, line=text)


class _Listener(logging.Handler):
    def __init__(self, view: ClientView, library: str) -> None:
        super().__init__()
        self._view = view
        self._library = library

    def emit(self, record: logging.LogRecord) -> None:
        self._view.heard(self._library, record)


def measure(data: object) -> dict[str, Any]:
    """The facts of one message: its bytes, and where it is an event its name and what it holds.

    non_finite: how many ``NaN`` and ``Infinity`` stand in its JSON. Python's client reads them,
    a browser's does not. attachments: binary parts that follow as messages of their own.
    """
    if not isinstance(data, str):
        return {"bytes": len(data) if isinstance(data, bytes | bytearray) else 0}
    facts: dict[str, Any] = {"bytes": len(data.encode("utf-8", "surrogatepass"))}
    packet = _PACKET.match(data)
    if packet is None or packet[1] not in _EVENTS:
        return facts
    text = packet[5]
    facts |= {"event": _event_name(text), "attachments": int((packet[2] or "0")[:9])}
    if len(text) <= _PARSED_CHARS or "NaN" in text or "Infinity" in text:
        facts |= _contents(text)
    else:
        facts["non_finite"] = 0
    return facts


def _event_name(text: str) -> str | None:
    found = _EVENT_NAME.match(text)
    try:
        return str(json.loads(found[1])) if found else None
    except ValueError:
        return None


def _contents(text: str) -> dict[str, Any]:
    """Nothing at all where the text is no JSON: unknown, not zero."""
    constants: list[str] = []
    try:
        _, *arguments = json.loads(text, parse_constant=constants.append)
    except (ValueError, TypeError, RecursionError):
        return {}
    facts: dict[str, Any] = {"non_finite": len(constants)}
    first = arguments[0] if arguments else None
    iteration = first.get("iteration") if isinstance(first, dict) else None
    if isinstance(iteration, int):
        facts["iteration"] = iteration
    return facts

"""Small events of messages for the tests of this folder."""

from __future__ import annotations

from typing import Any

from granite_ws.events import Event, Kind, Witness
from tests.log_builder import connected, event, ping, server_lost

PROBE = Witness.PROBE


def emitted(seconds: float, name: str = "result", **facts: Any) -> Event:
    """The server emitted a message, in a worker's thread unless ``facts`` say otherwise."""
    plain: dict[str, Any] = {
        "bytes": 300,
        "attachments": 0,
        "bytearrays": 0,
        "non_finite": 0,
        "thread": "worker",
    }
    return event(seconds, Kind.MESSAGE_EMITTED, **{"event": name, **plain, **facts})


def received(seconds: float, name: str = "result", sid: str = "A", **facts: Any) -> Event:
    """A client got a message."""
    data: dict[str, Any] = {"client": 1, "bytes": 300, "event": name, **facts}
    return event(seconds, Kind.MESSAGE_RECEIVED, sid=sid, witness=PROBE, **data)


def node(sid: str = "A") -> list[Event]:
    """A JavaScript client that connected and had one round."""
    return [handshake(sid), connected(1, sid, client_kind="node"), *ping(1.5, sid)]


def python(sid: str = "A", kind: str = "python", transport: str = "websocket") -> list[Event]:
    """A Python client that connected and had one round."""
    opened = connected(1, sid, client_kind=kind, transport=transport)
    return [handshake(sid), opened, *ping(1.5, sid)]


def handshake(sid: str = "A") -> Event:
    """What the OPEN packet promised."""
    promised: dict[str, Any] = {
        "ping_interval_s": 1.0,
        "ping_timeout_s": 2.0,
        "max_payload_bytes": 100_000,
    }
    return event(0.9, Kind.HANDSHAKE, sid=sid, **promised)


def ended(
    seconds: float, reason: str = "transport error", sid: str = "A", **facts: Any
) -> list[Event]:
    """Both sides' word about the end, the client's first."""
    data: dict[str, Any] = {"client": 1, "own": False, "reason": reason, "last_log": None, **facts}
    client = event(seconds, Kind.DISCONNECTED, sid=sid, witness=PROBE, **data)
    return [client, server_lost(seconds + 0.01, sid)]


def refused(seconds: float, words: str, sid: str = "A") -> list[Event]:
    """A JavaScript client's parser threw an error with these words."""
    return ended(seconds, "parse error", sid, details={"message": words})


def said(seconds: float, line: str, sid: str = "A") -> Event:
    """A line of the Python client's library."""
    facts: dict[str, Any] = {"client": 1, "logger": "engineio", "level": "WARNING", "line": line}
    return event(seconds, Kind.CLIENT_LOG, sid=sid, witness=PROBE, **facts)


def server_said(seconds: float, line: str, sid: str | None = "A", exception: str = "") -> Event:
    """A line of the server's libraries."""
    facts: dict[str, Any] = {
        "logger": "engineio.server",
        "level": "INFO",
        "line": line,
        "exception": exception,
    }
    return event(seconds, Kind.SERVER_LOG, sid=sid, **facts)

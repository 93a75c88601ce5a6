"""Small logs of connections that a network or a proxy did something to."""

from __future__ import annotations

from typing import Any

from granite_ws.events import Event, Kind, Witness
from tests.log_builder import at, connected, event, server_lost

PROBE = Witness.PROBE


def opened(
    seconds: float, sid: str = "A", *, kind: str = "node", pi: float = 1, pt: float = 2
) -> list[Event]:
    """The server's handshake, and 0.05 s later the client's word that it is connected."""
    told = {"ping_interval_s": pi, "ping_timeout_s": pt}
    return [
        event(seconds, Kind.HANDSHAKE, sid=sid, **told),
        connected(seconds + 0.05, sid, client_kind=kind, **told),
    ]


def watched() -> list[Event]:
    """Both sides' stall monitors run, and the server hands PINGs over."""
    return [
        event(0, Kind.MONITOR_STARTED, monitor="thread"),
        event(0, Kind.MONITOR_STARTED, witness=PROBE, monitor="loop", client_kind="node"),
        event(0, Kind.PING_WRITTEN, sid="another"),
    ]


def client_end(
    seconds: float,
    sid: str = "A",
    *,
    reason: str = "transport close",
    code: int | None = 1006,
    line: str | None = None,
    **details: Any,
) -> Event:
    """A client's end as it is recorded of every kind."""
    facts = {"client": 1, "own": False, "reason": reason, "last_log": line, "close_code": code}
    return event(seconds, Kind.DISCONNECTED, sid=sid, witness=PROBE, **facts, details=details)


def cut(seconds: float, sid: str = "A") -> list[Event]:
    """Both sides learn of the end at once, and neither had closed."""
    return [
        client_end(seconds, sid),
        server_lost(seconds + 0.01, sid),
        event(seconds + 0.01, Kind.WEBSOCKET_ENDED, sid=sid, close_code=1005, message=""),
    ]


def message(seconds: float, sid: str = "A") -> Event:
    """A small message of the feed that arrived."""
    return event(seconds, Kind.MESSAGE_RECEIVED, sid=sid, witness=PROBE, client=1, bytes=300)


def pinged(
    seconds: float, sid: str = "A", *, heard: bool = False, way_s: float = 0.01
) -> list[Event]:
    """A PING that the server sent; ``heard``: the client received and answered it."""
    made = [
        event(seconds, Kind.PING_QUEUED, sid=sid, waiting=0),
        event(seconds, Kind.PING_WRITTEN, sid=sid),
    ]
    if heard:
        made += [
            event(seconds + way_s, Kind.PING_RECEIVED, sid=sid, witness=PROBE, client=1),
            event(seconds + way_s, Kind.PONG_SENT, sid=sid, witness=PROBE, client=1),
        ]
    return made


def client_stall(seconds: float, length_s: float, kind: str = "node") -> Event:
    """A client's own heartbeat that came late."""
    facts = {"monitor": "loop", "seconds": length_s, "began_ns": at(seconds), "client_kind": kind}
    return event(seconds + length_s, Kind.STALL, witness=PROBE, **facts)


def alive(seconds: float) -> Event:
    """The server still writes."""
    return event(seconds, Kind.MONITOR_ENDED, monitor="thread")


RECEIVE = [
    "python3.11/threading.py:331 wait",
    "simple_websocket/ws.py:96 receive",
    "engineio/socket.py:227 _websocket_handler",
]
HANDLER = ["app/handlers.py:12 predict", "engineio/socket.py:227 _websocket_handler"]


def stacks(seconds: float, *loops: list[str], sid: str = "A") -> Event:
    """A look at the stacks while a PONG is overdue."""
    threads = [{"thread": f"Thread-{n}", "frames": frames} for n, frames in enumerate(loops)]
    return event(seconds, Kind.STACK, sid=sid, why="a PONG is overdue", threads=threads)

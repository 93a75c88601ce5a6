"""Small logs of a server whose heartbeat beats: looks at its stacks, losses around them."""

from __future__ import annotations

from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import Timeline, read_timeline
from tests.log_builder import connected, event, log, lost, ping, server_lost

READING = [
    "socketio/server.py:678 _handle_eio_message",
    "engineio/server.py:496 _trigger_event",
    "engineio/socket.py:46 receive",
    "engineio/socket.py:241 _websocket_handler",
]
IN_HANDLER = [
    "app/store.py:12 query",
    "app/views.py:7 analyse",
    "flask_socketio/__init__.py:858 _handle_event",
    "socketio/server.py:638 _trigger_event",
    "socketio/server.py:612 _handle_event_internal",
]
SYNC_HANDLER = [*IN_HANDLER, "socketio/server.py:607 _handle_event", *READING]
ASYNC_HANDLER = [*IN_HANDLER, "python3.11/threading.py:982 run"]
CALLBACK = [
    "app/store.py:12 query",
    "app/views.py:30 confirmed",
    "socketio/manager.py:93 trigger_callback",
    "socketio/server.py:630 _handle_ack",
    *READING,
]
CONNECTING = [
    "app/views.py:3 connect",
    "socketio/server.py:638 _trigger_event",
    "socketio/server.py:548 _handle_connect",
    *READING,
]
LEAVING = [
    "app/views.py:9 disconnect",
    "socketio/server.py:589 _handle_disconnect",
    "socketio/server.py:695 _handle_eio_disconnect",
    "engineio/server.py:496 _trigger_event",
    "engineio/socket.py:121 close",
]
FOUND_GONE = [*LEAVING, "engineio/socket.py:67 check_ping_timeout", "engineio/socket.py:74 send"]
LEFT_ITSELF = [*LEAVING, "engineio/socket.py:247 _websocket_handler"]
LOGGING = ["logging/__init__.py:978 handle", "logging/__init__.py:1489 info"]
WAITS_FOR_LOG = [
    "logging/__init__.py:927 acquire",
    *LOGGING,
    "engineio/socket.py:39 receive",
    "engineio/socket.py:241 _websocket_handler",
]
WRITES = ["logging/__init__.py:1113 emit", *LOGGING, "app/jobs.py:5 step"]
SHIPS = [
    "app/shipper.py:8 emit",
    *LOGGING,
    "engineio/socket.py:78 send",
    "socketio/manager.py:52 emit",
]
RESTING = ["python3.11/threading.py:331 wait", "engineio/server.py:523 _service_task"]


def look(
    seconds: float,
    *threads: list[str],
    sid: str | None = "A",
    why: str = "a PONG is overdue",
) -> Event:
    """A look at the stacks; the threads are named ``T1``, ``T2``, ..."""
    named = [{"thread": f"T{n}", "frames": frames} for n, frames in enumerate(threads, 1)]
    return event(seconds, Kind.STACK, sid=sid, why=why, threads=named)


def promised(seconds: float = 0.9, sid: str = "A") -> Event:
    """The OPEN packet of the laboratory: pi = 1 s, pt = 2 s."""
    facts = {"ping_interval_s": 1.0, "ping_timeout_s": 2.0, "max_payload_bytes": 1000}
    return event(seconds, Kind.HANDSHAKE, sid=sid, **facts)


def watched(seconds: float = 0.1) -> Event:
    """The server's OS thread begins to beat."""
    return event(seconds, Kind.MONITOR_STARTED, monitor="thread", beat_s=0.05)


def line(seconds: float, text: str, *, sid: str | None = None, exception: str = "") -> Event:
    """A line of the server's libraries."""
    facts = {"logger": "engineio.server", "level": "INFO", "line": text, "exception": exception}
    return event(seconds, Kind.SERVER_LOG, sid=sid, **facts)


def gone(seconds: float, sid: str = "A") -> Event:
    """The server finds that a client is gone."""
    return line(seconds, f"{sid}: Client is gone, closing socket", sid=sid)


def unread(
    *looks: Event, sid: str = "A", answered: bool = True, read_at: float | None = 9.0
) -> list[Event]:
    """PING at 3 s, answered by the client, unread by the server until after the loss at 5.2 s."""
    probe = Witness.PROBE
    events = [
        promised(sid=sid),
        connected(1, sid),
        *ping(2, sid),
        event(3, Kind.PING_QUEUED, sid=sid, waiting=0),
        event(3.1, Kind.PING_RECEIVED, sid=sid, witness=probe, client=1),
        *looks,
        server_lost(5.2, sid, reason="ping timeout"),
        lost(5.21, sid),
    ]
    if answered:
        events.append(event(3.11, Kind.PONG_SENT, sid=sid, witness=probe, client=1))
    if read_at is not None:
        events.append(event(read_at, Kind.PONG_RECEIVED, sid=sid))
    return events


def silent(*events: Event, sid: str = "A") -> list[Event]:
    """The last PONG came at 3.01 s, no PING followed, and the client gave up at 6 s."""
    return [
        promised(sid=sid),
        connected(1, sid),
        *ping(2, sid),
        *ping(3, sid),
        *events,
        lost(6, sid),
    ]


def timeline(*parts: Event | list[Event]) -> Timeline:
    """A watched server's timeline."""
    return read_timeline(log(watched(), *parts))


def unwatched(*parts: Event | list[Event]) -> Timeline:
    """The same of a server on which no heartbeat beat."""
    return read_timeline(log(*parts))


def empty() -> Timeline:
    """A log without a single event."""
    return read_timeline(EventLog(()))

"""Small logs for tests: each function gives events at seconds since the session began."""

from __future__ import annotations

from typing import Any

from granite_ws.events import Event, EventLog, Kind, Witness

START_NS = 1_000_000_000_000


def at(seconds: float) -> int:
    """The monotonic time of that second."""
    return START_NS + round(seconds * 1e9)


def event(
    seconds: float,
    kind: Kind,
    /,
    *,
    sid: str | None = None,
    witness: Witness = Witness.SERVER,
    **data: Any,
) -> Event:
    """One event."""
    return Event(at(seconds), "2026-01-01T00:00:00+00:00", witness, kind, sid, data)


def log(*parts: Event | list[Event]) -> EventLog:
    """Events and lists of events as one log in order of time."""
    flat = [e for part in parts for e in (part if isinstance(part, list) else [part])]
    return EventLog(tuple(sorted(flat, key=lambda e: e.at_ns)))


def connected(seconds: float, sid: str = "A", client: int = 1, **data: Any) -> Event:
    """The probe's client is connected."""
    facts = {"client": client, "transport": "websocket", **data}
    return event(seconds, Kind.CONNECTED, sid=sid, witness=Witness.PROBE, **facts)


def lost(
    seconds: float,
    sid: str = "A",
    *,
    own: bool = False,
    client: int = 1,
    last_log: str | None = None,
) -> Event:
    """The probe's client lost or closed its connection."""
    facts = {
        "client": client,
        "own": own,
        "reason": "client disconnect" if own else "transport error",
        "last_log": last_log,
    }
    return event(seconds, Kind.DISCONNECTED, sid=sid, witness=Witness.PROBE, **facts)


def server_lost(seconds: float, sid: str = "A", reason: str = "transport close") -> Event:
    """The server's side of the end."""
    facts = {"client_id": "c", "reason": reason, "thread": "Thread-7"}
    return event(seconds, Kind.CLIENT_DISCONNECTED, sid=sid, **facts)


def ping(seconds: float, sid: str = "A", trip_s: float = 0.01) -> list[Event]:
    """A whole heartbeat round."""
    step = trip_s / 4
    probe = Witness.PROBE
    return [
        event(seconds, Kind.PING_QUEUED, sid=sid, waiting=0),
        event(seconds + step, Kind.PING_WRITTEN, sid=sid),
        event(seconds + 2 * step, Kind.PING_RECEIVED, sid=sid, witness=probe, client=1),
        event(seconds + 3 * step, Kind.PONG_SENT, sid=sid, witness=probe, client=1),
        event(seconds + trip_s, Kind.PONG_RECEIVED, sid=sid),
    ]


def forecast(
    seconds: float, iteration: int = 1, took_s: float = 0.1, engine: str = "granite-demo"
) -> list[Event]:
    """A forecast of the feed that ended well."""
    facts = {
        "iteration": iteration,
        "seconds": took_s,
        "engine": engine,
        "model": "demo weights",
        "fallback_reason": None,
        "origin": "2024-01-01T00:00:00",
        "values": [1.0, 2.0],
    }
    return [
        event(seconds, Kind.FORECAST_BEGUN, iteration=iteration),
        event(seconds + took_s, Kind.FORECAST_DONE, **facts),
    ]


def emit(
    seconds: float, iteration: int = 1, size: int = 8_000, arrives_s: float = 0.02
) -> list[Event]:
    """A message of the feed that client 1 received."""
    point = {"timestamp": f"2024-01-01T00:00:{iteration % 60:02d}", "value": float(iteration)}
    facts = {"client": 1, "bytes": size, "event": "new_data", "iteration": iteration}
    return [
        event(seconds, Kind.EMIT_BEGUN, iteration=iteration, bytes=size, point=point),
        event(seconds + arrives_s, Kind.MESSAGE_RECEIVED, sid="A", witness=Witness.PROBE, **facts),
    ]


def stall(seconds: float, length_s: float, monitor: str = "thread") -> Event:
    """A heartbeat of the server that came late."""
    facts = {"monitor": monitor, "seconds": length_s, "began_ns": at(seconds)}
    return event(seconds + length_s, Kind.STALL, **facts)


def process(seconds: float, kind: Kind, role: str = "server", /, **data: Any) -> Event:
    """The runner's word on one of its processes."""
    return event(seconds, kind, witness=Witness.RUNNER, role=role, pid=4242, **data)


def quiet(seconds: float = 10.0) -> list[Event]:
    """A whole session in which nothing went wrong."""
    made = [
        process(0, Kind.PROCESS_STARTED),
        event(0.5, Kind.MODEL_READY, engine="granite-demo", model="m", device="cpu", seconds=6.0),
        connected(1),
        event(1, Kind.MONITOR_STARTED, monitor="thread", beat_s=0.05),
    ]
    for second in range(1, int(seconds)):
        made += [*forecast(second + 0.2, second), *emit(second + 0.4, second), *ping(second + 0.6)]
    return [
        *made,
        lost(seconds, own=True),
        server_lost(seconds + 0.1, reason="client disconnect"),
        process(seconds + 0.5, Kind.PROCESS_ENDED, exit_code=0, asked=True),
    ]

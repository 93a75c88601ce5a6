"""Small logs of clients that could not run, for the tests of this folder.

A PING is written at 3.0 s and ping_timeout is 2 s; the server gives up at 5.5 s; the client stood
still from 2.8 to 9.8 s.
"""

from __future__ import annotations

from typing import Any

from granite_ws.events import Event, Kind, Witness
from tests.log_builder import at, connected, event, ping, server_lost

PROBE = Witness.PROBE
PID = 77


def client(kind: str = "node", sid: str = "A") -> list[Event]:
    """A client that connected, is watched, and answered one PING."""
    promised: dict[str, Any] = {"ping_interval_s": 1.0, "ping_timeout_s": 2.0}
    role = "probe" if kind == "python" else f"probe-{kind}"
    monitors = ("loop",) if kind == "node" else ("thread", "loop")
    return [
        event(0.1, Kind.PROCESS_STARTED, witness=Witness.RUNNER, role=role, pid=PID),
        event(0.9, Kind.HANDSHAKE, sid=sid, **promised),
        connected(1, sid, client_kind=kind, pid=PID),
        *ping(2, sid),
        *(
            event(0.5, Kind.MONITOR_STARTED, witness=PROBE, monitor=name, client_kind=kind)
            for name in monitors
        ),
    ]


def unanswered(sid: str = "A", written: float = 3.0) -> list[Event]:
    """A PING that was queued at 3 s and never answered."""
    return [
        event(3, Kind.PING_QUEUED, sid=sid, waiting=0),
        event(written, Kind.PING_WRITTEN, sid=sid),
    ]


def gone(
    seconds: float = 5.5, told: float = 9.9, reason: str = "ping timeout", sid: str = "A"
) -> list[Event]:
    """The server gave up at ``seconds``; the client told of it when it ran again."""
    facts = {"client": 1, "own": False, "reason": reason, "last_log": None}
    return [
        server_lost(seconds, sid, reason="ping timeout"),
        event(told, Kind.DISCONNECTED, sid=sid, witness=PROBE, **facts),
    ]


def client_stall(
    kind: str = "node",
    monitor: str = "loop",
    *,
    begun: float = 2.8,
    seconds: float = 7.0,
    cpu_s: float = 6.9,
    waited_s: float = 0.0,
) -> Event:
    """What the client's own heartbeat told when it beat again."""
    return event(
        begun + seconds,
        Kind.STALL,
        witness=PROBE,
        client_kind=kind,
        monitor=monitor,
        seconds=seconds,
        began_ns=at(begun),
        cpu_s=cpu_s,
        waited_s=waited_s,
    )


def samples(state: str = "running", kind: str = "node") -> list[Event]:
    """What the sampler saw of the client's process, each second."""
    role = "probe" if kind == "python" else f"probe-{kind}"
    facts: dict[str, Any] = {"role": role, "pid": PID, "cpu_percent": 0.0, "state": state}
    return [
        event(second + 0.4, Kind.SAMPLE, witness=Witness.SAMPLER, **facts) for second in (3, 4, 5)
    ]

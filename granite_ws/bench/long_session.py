"""A long session that is made up, always the same: what diagnosis and report are tried on.

About 3,320 events a minute, of the kinds and in the order in which a real session writes them: a
forecast a second, seven clients with a PING a second each, stalls now and then, and one of ten
seconds that one client does not survive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.session import Session
from granite_ws.settings import Settings

CLIENTS, HORIZON = 7, 96
# The fourth client is lost in this stall; it begins after this share of the session.
LOST, STALL_AT, STALL_S = 4, 0.6, 10.0
_BEGUN_NS, _BEGUN = 5_000_000_000_000, datetime(2026, 1, 1, tzinfo=UTC)
_SETTINGS = Settings(ping_interval=1, ping_timeout=9, clients=CLIENTS, duration_s=1800, port=5000)


def session(minutes: int = 30) -> Session:
    """The session as it would be read from a folder."""
    made = sorted(_events(minutes * 60), key=lambda event: event.at_ns)
    return Session(Path("long"), _SETTINGS, _provenance(), EventLog(tuple(made)))


def _provenance() -> dict[str, Any]:
    return {
        "created_utc": _BEGUN.isoformat(),
        "versions": {"granite-ws": "0.1.0"},
        "machine": {
            "python": "3.11",
            "system": "Linux",
            "cpu_count": 2,
            "memory_bytes": 8 * 10**9,
        },
        "command": "granite-ws run --ping-interval 1 --ping-timeout 9 --clients 7",
        "seed": 0,
        "data": {"name": "made-up", "source": "made up", "unit": "u", "points": 9_999},
    }


def _event(
    second: float,
    kind: Kind,
    witness: Any = Witness.SERVER,
    sid: Any = None,
    **data: Any,
) -> Event:
    utc = (_BEGUN + timedelta(seconds=second)).isoformat(timespec="microseconds")
    return Event(_BEGUN_NS + round(second * 1e9), utc, witness, kind, sid, data)


def _events(seconds: int) -> Iterator[Event]:
    chance = np.random.default_rng(0)
    stalled = (STALL_AT * seconds, STALL_AT * seconds + STALL_S)
    yield from _opening()
    for second in range(8, seconds + 8):
        if not stalled[0] <= second < stalled[1]:
            yield from _point(second, second - 7, chance)
            for client in range(1, CLIENTS + 1):
                if client != LOST or second < stalled[0]:
                    yield from _ping(second + 0.13 * client, client, chance)
        for role in ("server", "probe"):
            yield _sample(second + 0.9, role, chance)
        if second % 45 == 0:
            yield _stall(second + 0.6, 0.1 + 0.15 * float(chance.random()))
    yield _stall(stalled[0] + 0.01, STALL_S - 0.02)
    yield from _loss(stalled[0] + 9.5)
    yield from _closing(seconds + 9.0)


def _sid(client: int) -> str:
    return f"session-id-{client:04d}AAAA"


def _opening() -> Iterator[Event]:
    yield _event(0, Kind.SESSION_STARTED, Witness.RUNNER, settings=_SETTINGS.to_dict())
    for number, role in enumerate(("server", "probe")):
        pid = 4_000 + number
        yield _event(0.1 + 6 * number, Kind.PROCESS_STARTED, Witness.RUNNER, role=role, pid=pid)
    yield _event(1, Kind.LISTENING, host="127.0.0.1", port=5000, pid=4_000)
    yield _event(1.1, Kind.MONITOR_STARTED, monitor="thread", beat_s=0.05)
    yield _event(1.2, Kind.MODEL_LOADING, engine="granite-demo")
    facts = {"engine": "granite-demo", "model": "demo weights (not IBM's)", "device": "cpu"}
    yield _event(6, Kind.MODEL_READY, **facts, seconds=4.8)
    for client in range(1, CLIENTS + 1):
        at, sid, told = 7 + 0.01 * client, _sid(client), {"client_id": f"id-{client}"}
        beat = {"ping_interval_s": 1.0, "ping_timeout_s": 9.0}
        yield _event(at, Kind.HANDSHAKE, sid=sid, **beat, max_payload_bytes=10_000_000)
        yield _event(at + 0.001, Kind.CLIENT_CONNECTED, sid=sid, **told)
        known = {"client": client, "transport": "websocket", "client_kind": "python", "pid": 4_001}
        yield _event(at + 0.004, Kind.CONNECTED, Witness.PROBE, sid, **known, **told, **beat)
    yield _event(7.9, Kind.PROCESSING_STARTED)


def _point(second: float, iteration: int, chance: np.random.Generator) -> Iterator[Event]:
    took = 0.02 + 0.015 * float(chance.gamma(2))
    values = [round(50 + 9 * math.sin((iteration + k) / 24), 6) for k in range(HORIZON)]
    stamp = (_BEGUN + timedelta(hours=iteration)).replace(tzinfo=None).isoformat()
    at = second + 0.1
    yield _event(at, Kind.ITERATION_BEGUN, iteration=iteration, points=512 + iteration)
    yield _event(at + 0.001, Kind.FORECAST_BEGUN, iteration=iteration)
    yield _event(at + 0.002, Kind.PREDICT_BEGUN, points=512, steps=HORIZON)
    yield _event(at + 0.003, Kind.DATA_PREPARED, points=512, shape="(512, 2)")
    yield _event(at + 0.004, Kind.PREDICTION_BEGUN, steps=HORIZON)
    done = at + 0.004 + took
    yield _event(done, Kind.PREDICTION_DONE, seconds=took)
    yield _event(done + 0.001, Kind.PREDICTIONS_EXTRACTED, count=HORIZON, column="value")
    yield _event(done + 0.002, Kind.ENGINE_DONE, seconds=took + 0.001)
    yield _event(done + 0.003, Kind.RESULT_MEASURED, bytes=7_910, engine="granite-demo")
    facts = {"engine": "granite-demo", "model": "demo weights (not IBM's)", "origin": stamp}
    forecast = {"iteration": iteration, "seconds": took + 0.01, "fallback_reason": None}
    yield _event(done + 0.004, Kind.FORECAST_DONE, **forecast, **facts, values=values)
    size = 8_100 + int(chance.integers(0, 120))
    point = {"timestamp": stamp, "value": values[0] + round(float(chance.normal()), 3)}
    named = {"iteration": iteration, "bytes": size, "event": "new_data"}
    yield _event(done + 0.005, Kind.EMIT_BEGUN, **named, point=point)
    for client in range(1, CLIENTS + 1):
        late = done + 0.006 + 0.003 * float(chance.gamma(2))
        if client != LOST or second < STALL_AT * 1_800:
            yield _event(
                late, Kind.MESSAGE_RECEIVED, Witness.PROBE, _sid(client), client=client, **named
            )
    yield _event(done + 0.007, Kind.EMIT_DONE, iteration=iteration)
    yield _event(done + 0.008, Kind.SLEEP_BEGUN, iteration=iteration, seconds=0.9)
    yield _event(second + 0.99, Kind.SLEEP_DONE, iteration=iteration)


def _ping(at: float, client: int, chance: np.random.Generator) -> Iterator[Event]:
    sid, step = _sid(client), 0.0005 + 0.0008 * float(chance.gamma(2))
    yield _event(at, Kind.PING_QUEUED, sid=sid, waiting=0)
    yield _event(at + step, Kind.PING_WRITTEN, sid=sid)
    yield _event(at + 2 * step, Kind.PING_RECEIVED, Witness.PROBE, sid, client=client)
    yield _event(at + 3 * step, Kind.PONG_SENT, Witness.PROBE, sid, client=client)
    yield _event(at + 4 * step, Kind.PONG_RECEIVED, sid=sid)


def _sample(at: float, role: str, chance: np.random.Generator) -> Event:
    facts = {"cpu_percent": round(3 + 4 * float(chance.random()), 1), "rss_bytes": 563_265_536}
    more = {"threads": 14, "fds": 17, "state": "sleeping", "host_free_bytes": 2_308_272_537}
    return _event(at, Kind.SAMPLE, Witness.SAMPLER, role=role, pid=4_000, **facts, **more)


def _stall(at: float, length_s: float) -> Event:
    began = _BEGUN_NS + round(at * 1e9)
    return _event(at + length_s, Kind.STALL, monitor="thread", seconds=length_s, began_ns=began)


def _loss(at: float) -> Iterator[Event]:
    words = "Server has stopped communicating, aborting"
    facts = {"client": LOST, "own": False, "reason": "transport error", "last_log": words}
    yield _event(at, Kind.DISCONNECTED, Witness.PROBE, _sid(LOST), **facts)
    told = {"client_id": f"id-{LOST}", "reason": "transport close", "thread": "Thread-9"}
    yield _event(at + 0.6, Kind.CLIENT_DISCONNECTED, sid=_sid(LOST), **told)


def _closing(at: float) -> Iterator[Event]:
    yield _event(at, Kind.PROCESSING_STOPPED)
    for client in range(1, CLIENTS + 1):
        if client == LOST:
            continue
        facts = {"client": client, "own": True, "reason": "client disconnect", "last_log": None}
        yield _event(at + 0.1, Kind.DISCONNECTED, Witness.PROBE, _sid(client), **facts)
        told = {"client_id": f"id-{client}", "reason": "client disconnect", "thread": "Thread-7"}
        yield _event(at + 0.2, Kind.CLIENT_DISCONNECTED, sid=_sid(client), **told)
    for number, role in enumerate(("probe", "server")):
        facts = {"role": role, "pid": 4_001 - number, "exit_code": 0, "asked": True}
        yield _event(at + 0.5 + number, Kind.PROCESS_ENDED, Witness.RUNNER, **facts)
    yield _event(at + 2, Kind.SESSION_ENDED, Witness.RUNNER, why="the time was over")

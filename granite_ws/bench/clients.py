"""Three hundred clients, half Python's, half JavaScript's, and a forecast a second for each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from granite_ws.benchmark import Duel, Figure, Growth, Report
from granite_ws.edges.stalls import BEAT_S
from granite_ws.events import EventLog, Kind, Witness
from granite_ws.run import judge, run_session
from granite_ws.settings import Settings

_OF_EACH_KIND = 150
_SECONDS_A_REPEAT = 6
_MODES = ("threading", "gevent", "asgi")
# What the modes are compared with need not be watched for as long.
_COMPARED_S = 60
_MANY_OF_EACH, _MANY_S = 500, 20
_NAIVE = {"async_mode": "threading", "runtime": "pipeline"}
_GROWTH_MODE, _GROWTH_OF_EACH, _GROWTH_S = "gevent", (25, 50, 100, 200), 15
# Shorter lateness of the loop's beat is not recorded, and counts as this.
_LATE_S = 0.02
_SETTLED_NS = 2_000_000_000  # what was sent while the last one came, or left, may miss him


@dataclass(frozen=True)
class _Seen:
    """late_ms: of each beat of the server's loop. cpu: % of a core, second by second. missing:
    messages that a connected client never got, of those sent.
    """

    late_ms: tuple[float, ...]
    cpu: tuple[float, ...]
    memory_mb: float
    drops: int
    missing: int
    sent: int


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """Sessions one after the other, each ``repeats`` times six seconds: the record's is of ten
    minutes.
    """
    seconds = _SECONDS_A_REPEAT * repeats
    compared = min(seconds, _COMPARED_S)
    naive = _watch(compared, _OF_EACH_KIND, **_NAIVE)
    tell()
    duels: list[Duel] = []
    figures: list[Figure] = []
    for mode in _MODES:
        seen = _watch(seconds, _OF_EACH_KIND, async_mode=mode)
        duels.append(_cpu(naive, seen, mode))
        figures += _figures(seen, f"{2 * _OF_EACH_KIND} clients for {seconds} s, {mode}")
        tell()
        plain = _watch(compared, _OF_EACH_KIND, async_mode=mode, websocket_compression=False)
        duels.append(_cpu(naive, plain, f"{mode}, uncompressed"))
        tell()
        many = _watch(_MANY_S, _MANY_OF_EACH, async_mode=mode)
        figures += _figures(many, f"{2 * _MANY_OF_EACH} clients for {_MANY_S} s, {mode}")[:2]
        tell()
    seen_by_count = {2.0 * of_each: _grown(of_each, tell) for of_each in _GROWTH_OF_EACH}
    return Report(duels, _growths(seen_by_count), [*figures, *_of_one(seen_by_count)])


def _watch(seconds: float, of_each_kind: int, **settings: Any) -> _Seen:
    with tempfile.TemporaryDirectory() as folder:
        session = run_session(
            Settings(
                clients=of_each_kind,
                client_kinds="python-async,node",
                duration_s=seconds,
                point_interval_s=1,
                stall_threshold_s=_LATE_S,
                hub_timeout_s=0,
                **settings,
            ),
            out=Path(folder) / "session",
        )
        drops = len(judge(session).drops)
    return _seen(session.log, drops, seconds)


def _seen(log: EventLog, drops: int, seconds: float) -> _Seen:
    """What was seen once all clients were there, and before they left."""
    connected = log.of(Kind.CONNECTED)[-1].at_ns
    begun, ended = connected + _SETTLED_NS, connected + round(seconds * 1e9)
    late = [
        event.data["seconds"] * 1e3
        for event in log.of(Kind.STALL)
        if event.witness is Witness.SERVER
        and event.data["monitor"] == "loop"
        and begun <= event.at_ns < ended
    ]
    beats = round((ended - begun) / 1e9 / BEAT_S)
    samples = [
        event.data
        for event in log.of(Kind.SAMPLE)
        if event.data["role"] == "server" and begun <= event.at_ns < ended
    ]
    missing, sent = _missing(log, begun, ended - _SETTLED_NS)
    return _Seen(
        late_ms=tuple(late + [_LATE_S * 1e3] * (beats - len(late))),
        cpu=tuple(sample["cpu_percent"] for sample in samples),
        memory_mb=max(sample["rss_bytes"] for sample in samples) / 1e6,
        drops=drops,
        missing=missing,
        sent=sent,
    )


def _missing(log: EventLog, begun: int, ended: int) -> tuple[int, int]:
    """(messages that some client never got, all that were sent to one)."""
    clients = len(log.of(Kind.CONNECTED))
    iterations = {
        event.data["iteration"] for event in log.of(Kind.EMIT_DONE) if begun <= event.at_ns < ended
    }
    got = sum(event.data.get("iteration") in iterations for event in log.of(Kind.MESSAGE_RECEIVED))
    return clients * len(iterations) - got, clients * len(iterations)


def _cpu(naive: _Seen, seen: _Seen, way: str) -> Duel:
    count = min(len(naive.cpu), len(seen.cpu))
    return Duel(
        f"{2 * _OF_EACH_KIND} clients: CPU of the server",
        "threading, pipeline",
        f"{way}, ONNX Runtime",
        "% of a core",
        naive.cpu[:count],
        seen.cpu[:count],
    )


def _figures(seen: _Seen, words: str) -> list[Figure]:
    return [
        Figure(f"{words}: drops", "", (seen.drops,), most=0),
        Figure(f"{words}: messages that did not arrive", f"of {seen.sent:,}", (seen.missing,), 0),
        Figure(f"{words}: lateness of a beat", "ms", seen.late_ms, most=50, most_at=99),
        Figure(f"{words}: memory of the server", "MB", (seen.memory_mb,)),
    ]


def _grown(of_each: int, tell: Callable[[], None]) -> _Seen:
    seen = _watch(_GROWTH_S, of_each, async_mode=_GROWTH_MODE)
    tell()
    return seen


def _growths(seen: Mapping[float, _Seen]) -> list[Growth]:
    sizes, server = tuple(seen), f"of a {_GROWTH_MODE} server, a forecast a second"
    cpu = tuple(float(np.median(one.cpu)) for one in seen.values())
    memory = tuple(one.memory_mb for one in seen.values())
    return [
        Growth(f"CPU {server}", "clients", "% of a core", sizes, cpu),
        Growth(f"memory {server}", "clients", "MB", sizes, memory),
    ]


def _of_one(seen: Mapping[float, _Seen]) -> list[Figure]:
    """What each further client adds: the straight line's slope."""
    cpu, memory = (np.polyfit(growth.sizes, growth.costs, 1)[0] for growth in _growths(seen))
    return [
        Figure(f"each client of a {_GROWTH_MODE} server: CPU", "ms a second", (10 * cpu,)),
        Figure(f"each client of a {_GROWTH_MODE} server: memory", "kB", (1000 * memory,)),
    ]

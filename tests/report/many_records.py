"""Records of sweeps for tests of the pages over many sessions, without a sweep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from granite_ws.matrix.record import CellRecord, Status

EVIL = "<script>alert(1)</script>"


def record(number: int, *, drops: float | None = 0.0, **parameters: Any) -> CellRecord:
    """A cell that is done; ``drops`` is None for a session that measured nothing."""
    return CellRecord(
        key=f"{number:012x}",
        number=number,
        parameters=parameters,
        varied=tuple(parameters),
        repeat=1,
        status=Status.DONE,
        outcome="dropped" if drops else "held",
        causes=("gil_held_native",) if drops else (),
        exit_code=1 if drops else 0,
        metrics={"drops": drops, "stall_p99_ms": 10.0 * number, "forecast_p99_ms": None},
        began_utc="2026-01-01T12:00:00+00:00",
        session_s=12.0,
        files={"page": "page.html", "session": "session"},
    )


def stalls(*, kinds: str = "python", **more: Any) -> list[CellRecord]:
    """ping_timeout 2 and 5 under stalls of 0, 3 and 6 s at an interval of 1 s, as they end."""
    made = []
    for number, (timeout, seconds) in enumerate(
        [(timeout, seconds) for timeout in (2, 5) for seconds in (0, 3, 6)], start=1
    ):
        parameters = {
            "ping_timeout": timeout,
            "fault_seconds": seconds,
            "fault": "gil_held_native" if seconds else "",
            "ping_interval": 1,
            "client_kinds": kinds,
            **more,
        }
        made.append(record(number, drops=float(seconds > timeout), **parameters))
    return made


def alternatives() -> list[CellRecord]:
    """thread, process and both with a cache, under a steady load and under a crash."""
    made = []
    for executor, cache_s, load, drops, restarts, late in (
        ("thread", 0, "steady", 0, None, 80.0),
        ("process", 0, "steady", 0, 0, 110.0),
        ("thread", 0, "crash", 4, None, 40.0),
        ("process", 0, "crash", 0, 1, 5_600.0),
        ("thread", 60, "crash", 0, None, 50.0),
    ):
        number = len(made) + 1
        one = record(number, drops=drops, executor=executor, load=load, cache_s=cache_s)
        measured = {
            "answered_percent": 50.0 if drops else 100.0,
            "asked_p99_ms": late,
            "worker_restarts": restarts,
            "drops_python": drops / 2,
        }
        made.append(replace(one, metrics={**one.metrics, **measured}))
    return made

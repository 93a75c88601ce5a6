"""Does a session that runs beside another one measure the same? How the lanes were decided.

    python scripts/measure_lanes.py [--repeats 5] [--seconds 10]

One session, in five neighbourhoods, in turn, again and again:

    alone           nobody else, all cores
    alone, one core nobody else, tied to one core
    own cores       a session on every core, each tied to its own (what a sweep does)
    shared          as many sessions as cores, tied to none
    crowded         three for each core, tied to none (what --share-cores may do)

Compared are the numbers that sessions are judged by; the figure is the median over the repeats of
the watched session's own, and its ratio to the session that was alone. Heartbeats that are 20 ms
late already count as stalls here. Writes docs/results/lanes.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from granite_ws.edges import host
from granite_ws.edges.clock import Clock
from granite_ws.edges.lane import usable_cores
from granite_ws.metrics import measure
from granite_ws.run import judge, run_session
from granite_ws.settings import Settings

RESULT = Path(__file__).parents[1] / "docs/results/lanes.json"
LOOKED_AT = (
    "stalls",
    "stall_max_ms",
    "forecast_p50_ms",
    "forecast_p99_ms",
    "ping_p50_ms",
    "ping_p99_ms",
    "delivery_p50_ms",
    "delivery_p99_ms",
    "core_wait_percent",
)


def session(seconds: float, folder: Path, cores: Collection[int]) -> dict[str, float | None]:
    """One session, tied to these cores with all that it starts."""
    os.sched_setaffinity(threading.get_native_id(), cores)
    settings = Settings(
        hub_timeout_s=0,
        duration_s=seconds,
        ping_interval=1,
        ping_timeout=5,
        point_interval_s=0.25,
        stall_threshold_s=0.02,
    )
    return measure(judge(run_session(settings, out=folder)))


def neighbourhoods(cores: list[int]) -> dict[str, list[Collection[int]]]:
    return {
        "alone": [cores],
        "alone, one core": [cores[:1]],
        "own cores": [[core] for core in cores],
        "shared": [cores for _ in cores],
        "crowded": [cores for _ in cores for _ in range(3)],
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="granite-ws-lanes-"))
    places = neighbourhoods(usable_cores())
    found: dict[str, list[dict[str, float | None]]] = {name: [] for name in places}
    try:
        for repeat in range(asked.repeats):
            for name, lanes in places.items():
                with ThreadPoolExecutor(len(lanes)) as pool:
                    runs = [
                        pool.submit(session, asked.seconds, folder / f"{repeat}-{name}-{n}", lane)
                        for n, lane in enumerate(lanes)
                    ]
                    # The first is looked at; the others are the neighbours.
                    found[name].append(next(run.result() for run in runs))
                print(f"repeat {repeat + 1}, {name}", file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {
        name: {metric: _median([run[metric] for run in runs]) for metric in LOOKED_AT}
        for name, runs in found.items()
    }
    record = {
        "command": f"python scripts/measure_lanes.py --repeats {asked.repeats} "
        f"--seconds {asked.seconds:g}",
        "made_utc": Clock().utc(),
        "machine": host.machine(),
        "medians": medians,
        "runs": found,
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n")
    print(f"{'':16}" + "".join(f"{metric:>19}" for metric in LOOKED_AT))
    for name, values in medians.items():
        print(f"{name:16}" + "".join(f"{_shown(values[metric]):>19}" for metric in LOOKED_AT))
    return 0


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())

"""Twelve settings: ``granite-ws sweep`` beside the plain loop, equal session lengths, one run.

    python scripts/measure_sweep.py [--cells 12] [--seconds 5] [--repeats 1]

The plain loop is what one writes without this package: papermill's API, one fresh kernel for each
setting, in each of them granite-tsfm's pipeline, a Flask-SocketIO server in a background thread, a
client, and a picture at the end (``scripts/plain_session.ipynb``). The sweep runs the first
notebook with the same parameters, watches from outside, judges, and draws the whole page.

Writes docs/results/sweep.json and prints the ratio of the wall times, and what a cell costs beside
its session. Exit code 0 where the sweep takes at most a quarter and a cell at most 1.5 s more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import papermill
import yaml

from granite_ws.edges import host
from granite_ws.edges.clock import Clock
from granite_ws.edges.shelf import Shelf

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs/results/sweep.json"
PLAIN = ROOT / "scripts/plain_session.ipynb"
RATIO_BAR, OVERHEAD_BAR_S = 0.25, 1.5
TIMEOUTS = (2, 3, 5, 8, 13, 20)
INTERVALS = (1, 2)


def settings(cells: int) -> list[dict[str, int]]:
    every = [{"ping_interval": pi, "ping_timeout": pt} for pt in TIMEOUTS for pi in INTERVALS]
    return every[:cells]


def plain_loop(cells: int, seconds: float, folder: Path) -> list[float]:
    """The wall time of each setting, one after another, as the plain loop has them."""
    times = []
    for number, one in enumerate(settings(cells), start=1):
        begun = time.monotonic()
        out = folder / f"plain-{number}.ipynb"
        papermill.execute_notebook(
            str(PLAIN), str(out), {**one, "duration_s": seconds}, progress_bar=False
        )
        times.append(time.monotonic() - begun)
        print(f"plain {number}: {times[-1]:.1f} s", file=sys.stderr)
    return times


def sweep(cells: int, seconds: float, folder: Path) -> float:
    """The wall time of the whole command, its start included."""
    file = folder / "twelve.yaml"
    content = {
        "title": "Twelve settings",
        "notebook": str(ROOT / "notebooks/01-reproduce.ipynb"),
        "parameters": {"duration_s": seconds, "data": "co2", "hub_timeout_s": 0},
        "matrix": {
            "ping_timeout": list(TIMEOUTS[: max(cells // len(INTERVALS), 1)]),
            "ping_interval": list(INTERVALS),
        },
    }
    file.write_text(yaml.safe_dump(content))
    begun = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "granite_ws",
        "sweep",
        str(file),
        "--out",
        str(folder / "out"),
    ]
    ended = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    taken = time.monotonic() - begun
    if ended.returncode not in (0, 1):
        sys.exit(f"the sweep failed ({ended.returncode}): {ended.stderr[-500:]}")
    return taken


def measure(cells: int, seconds: float) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix="granite-ws-sweep-"))
    try:
        swept = sweep(cells, seconds, folder)
        records = Shelf(str(folder / "out")).records()
        plain = plain_loop(cells, seconds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    overheads = [record.overhead_s for record in records]
    print(f"plain {sum(plain):.1f} s, sweep {swept:.1f} s", file=sys.stderr)
    return {
        "plain_s": round(sum(plain), 2),
        "plain_overhead_median_s": round(statistics.median(plain) - seconds, 2),
        "sweep_s": round(swept, 2),
        "ratio": round(swept / sum(plain), 3),
        "cells_done": sum(record.status.value == "done" for record in records),
        "drops": sum(record.drops or 0 for record in records),
        "overhead_median_s": round(statistics.median(overheads), 2),
        "overhead_max_s": round(max(overheads), 2),
        "core_wait_median": statistics.median(r.waited or 0.0 for r in records),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--repeats", type=int, default=1)
    asked = parser.parse_args()
    runs = [measure(asked.cells, asked.seconds) for _ in range(asked.repeats)]
    ratio = statistics.median(float(str(run["ratio"])) for run in runs)
    overhead = statistics.median(float(str(run["overhead_median_s"])) for run in runs)
    record = {
        "command": f"python scripts/measure_sweep.py --cells {asked.cells} "
        f"--seconds {asked.seconds:g} --repeats {asked.repeats}",
        "made_utc": Clock().utc(),
        "machine": host.machine(),
        "ratio": ratio,
        "overhead_median_s": overhead,
        "runs": runs,
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n")
    print(f"sweep / plain loop: {ratio:.3f} (bar {RATIO_BAR}); a cell costs {overhead:.2f} s more")
    return int(ratio > RATIO_BAR or overhead > OVERHEAD_BAR_S)


if __name__ == "__main__":
    sys.exit(main())

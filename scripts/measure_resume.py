"""A sweep whose kernels are killed at random, resumed until it is complete: is anything lost?

    python scripts/measure_resume.py [--share 0.05] [--seed 3]

``granite-ws sweep`` runs 24 short sessions. From outside, each of their kernels is killed with
SIGKILL with this probability, at a random moment of its life. Then the same command is given
again, undisturbed. Checked: which cells died and were told so (exit code 138), that only these
were run again, that every cell is there once, and that no process is left. Writes
docs/results/resume.json; exit code 0 where nothing was lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

from granite_ws.edges import host
from granite_ws.edges.clock import Clock
from granite_ws.edges.shelf import Shelf

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs/results/resume.json"
SWEEP = {
    "title": "Does a sweep survive its kernels?",
    "notebook": str(ROOT / "notebooks/01-reproduce.ipynb"),
    "parameters": {"duration_s": 2, "hub_timeout_s": 0, "point_interval_s": 0.5},
    "matrix": {"ping_interval": [1, 2], "ping_timeout": [2, 5, 20], "clients": [1, 2]},
    "seeds": 2,
}


class Killer(threading.Thread):
    """Kills kernels below a process, each with the same probability."""

    def __init__(self, pid: int, share: float, seed: int) -> None:
        super().__init__(daemon=True)
        self.killed: list[int] = []
        self.seen: set[int] = set()
        self._sweep = psutil.Process(pid)
        self._share = share
        self._random = random.Random(seed)

    def run(self) -> None:
        """Looks for new kernels until the sweep is over."""
        while self._sweep.is_running() and self._sweep.status() != psutil.STATUS_ZOMBIE:
            with suppress(psutil.Error):
                for child in self._sweep.children(recursive=True):
                    self._look_at(child)
            time.sleep(0.02)

    def _look_at(self, child: psutil.Process) -> None:
        with suppress(psutil.Error):
            if child.pid not in self.seen and child.name() == "kernel":
                self.seen.add(child.pid)
                if self._random.random() < self._share:
                    self._kill_later(child.pid)

    def _kill_later(self, pid: int) -> None:
        def kill() -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed.append(pid)

        threading.Timer(self._random.uniform(0.2, 2.5), kill).start()


def run(file: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "granite_ws", "sweep", str(file), "--out", str(out)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="granite-ws-resume-"))
    file, out = folder / "survive.yaml", folder / "out"
    file.write_text(yaml.safe_dump(SWEEP))
    begun = time.monotonic()
    with run(file, out) as first:
        killer = Killer(first.pid, asked.share, asked.seed)
        killer.start()
        print(first.communicate()[1], file=sys.stderr)
    broken = Shelf(str(out)).records()
    middle = time.monotonic()
    with run(file, out) as second:
        print(second.communicate()[1], file=sys.stderr)
    ended = time.monotonic()
    complete = Shelf(str(out)).records()
    died = {record.key for record in broken if record.status.value == "died"}
    again = {r.key for r in complete} - {r.key for r in broken if r in complete}
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if str(out) in str(p.info["cmdline"])]
    record = {
        "command": f"python scripts/measure_resume.py --share {asked.share} --seed {asked.seed}",
        "made_utc": Clock().utc(),
        "machine": host.machine(),
        "kernels_seen": len(killer.seen),
        "kernels_killed": len(killer.killed),
        "first": Counter(record.status.value for record in broken),
        "first_exit_code": first.returncode,
        "why": sorted({record.why for record in broken if record.why}),
        "first_s": round(middle - begun, 1),
        "run_again": len(again),
        "second": Counter(record.status.value for record in complete),
        "second_exit_code": second.returncode,
        "second_s": round(ended - middle, 1),
        "processes_left": len(left),
    }
    shutil.rmtree(folder, ignore_errors=True)
    RESULT.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record, indent=2))
    whole = len(complete) == len({r.key for r in complete}) == 24 == record["second"]["done"]
    return int(not (whole and again == died and not left))


if __name__ == "__main__":
    sys.exit(main())

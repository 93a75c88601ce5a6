"""A large engineio log: read for its events, against the seed's three greps over the same file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which

import numpy as np

from granite_ws.benchmark import Duel, Growth, Report

_PATTERNS = ("WebSocket", "Granite", "Prediction completed in")
# Megabytes; the last one is the promise's.
_SIZES = (16.0, 128.0, 1024.0)
_CLIENTS, _RUNS = 5, 3
_GREP = which("grep") or "grep"
_READ = """
import re, sys
from pathlib import Path
from granite_ws.edges.reader import read_logs
log = read_logs([Path(sys.argv[1])])
# Not getrusage: its peak begins with that of the process that started this one.
print(int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1000)
"""


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """Seconds of whole processes, and the most memory that the reading one held."""
    runs = min(repeats, _RUNS)
    seconds, memory, greps = [], [], []
    for megabytes in _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "granite_debug.log"
            write_log(path, megabytes)
            theirs, ours, held = zip(*(_both(path) for _ in range(runs)), strict=True)
        greps.append(theirs)
        seconds.append(ours)
        memory.append(float(np.median(held)))
        tell()
    middle = tuple(float(np.median(each)) for each in seconds)
    words = f"engineio log of {_SIZES[-1]:g} MB"
    return Report(
        [Duel(words, "three greps", "diagnosis reads it", "s", greps[-1], seconds[-1], 1 / 3)],
        [
            Growth("reading an engineio log", "MB", "s", _SIZES, middle),
            Growth("memory at most while a log is read", "MB", "MB", _SIZES, tuple(memory)),
        ],
    )


def _both(path: Path) -> tuple[float, float, float]:
    """(the greps' seconds, ours, the megabytes that ours held)."""
    begun = time.perf_counter()
    for pattern in _PATTERNS:
        subprocess.run([_GREP, "-c", pattern, path], check=True, capture_output=True)
    greps = time.perf_counter() - begun
    begun = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", _READ, path], check=True, capture_output=True, text=True
    )
    return greps, time.perf_counter() - begun, float(ended.stdout.split()[-1])


def write_log(path: Path, megabytes: float) -> None:
    """What a server with five clients and both library loggers on writes: a forecast of 7 KB to
    each client every second, a PING every 25 s; always the same.
    """
    left = megabytes * 1e6
    with path.open("w") as file:
        for line in _lines():
            file.write(line)
            left -= len(line)
            if left <= 0:
                return


def _lines() -> Iterator[str]:
    chance = np.random.default_rng(0)
    sids = [f"session-id-{client:05d}AAAA" for client in range(_CLIENTS)]
    packet = "INFO engineio.server: {sid}: {way} packet {type} data {data}\n"
    begun, second = datetime(2026, 1, 1), 0
    opened = '{{"sid": "{}", "upgrades": [], "pingTimeout": 20000, "pingInterval": 25000}}'

    def line(sid: str, way: str, kind: str, data: str) -> str:
        return stamp + packet.format(sid=sid, way=way, type=kind, data=data)

    while True:
        stamp = f"{begun + timedelta(seconds=second):%Y-%m-%d %H:%M:%S},000 "
        if second == 0:
            yield f"{stamp}INFO granite_ws: [WebSocket] serving\n"
            yield from (line(sid, "Sending", "OPEN", opened.format(sid)) for sid in sids)
        yield f"{stamp}INFO granite_ws: [Granite] Prediction completed in 0.012s\n"
        values = np.round(chance.normal(50, 9, 400), 6).tolist()
        stamps = [f"2026-01-01T00:{minute % 60:02d}:00" for minute in range(96)]
        forecast = {"values": values[:96], "timestamps": stamps, "lower": values[96:]}
        message = "2" + json.dumps(["new_data", {"forecast": forecast, "iteration": second}])
        yield from (line(sid, "Sending", "MESSAGE", message) for sid in sids)
        if second % 25 == 24:
            for sid in sids:
                yield line(sid, "Sending", "PING", "None")
                yield line(sid, "Received", "PONG", "")
        second += 1

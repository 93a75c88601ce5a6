"""A process from its start to its first forecast: how long, and how much memory it holds then."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from granite_ws.bench.sides import Sides, duel, our_model
from granite_ws.benchmark import Duel, Report

_PROGRAM = """
import psutil
from granite_ws.bench import sides
{make}
print(psutil.Process().memory_info().rss / 1e6)
"""
_NAIVE = "sides.naive_pipeline()(sides.history())"
_OURS = "sides.our_model('onnx').respond(sides.history(), sides.HORIZON)"


def measure(repeats: int, tell: Callable[[], None]) -> Report:
    """Fresh interpreters, in turn."""
    our_model("onnx")  # the graph is exported once, not at every start
    seconds: Sides = ([], [])
    memory: Sides = ([], [])
    for _ in range(repeats):
        for side, make in enumerate((_NAIVE, _OURS)):
            took, held = _started(make)
            seconds[side].append(took)
            memory[side].append(held)
        tell()
    return Report(
        [
            duel("process start to first forecast", "s", seconds),
            duel("memory after the first forecast", "MB", memory),
            _help(repeats),
        ]
    )


def _started(make: str) -> tuple[float, float]:
    begun = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(make=make)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return time.perf_counter() - begun, float(ended.stdout.split()[-1])


def _help(repeats: int) -> Duel:
    naive, ours = ["-c", "import flask_socketio, torch"], ["-m", "granite_ws", "--help"]
    taken: Sides = ([], [])
    for _ in range(repeats):
        for side, arguments in enumerate((naive, ours)):
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, *arguments], capture_output=True, timeout=300, check=True
            )
            taken[side].append(time.perf_counter() - begun)
    words = "a command line that imports flask_socketio and torch"
    return Duel("--help", words, "granite-ws --help", "s", tuple(taken[0]), tuple(taken[1]))

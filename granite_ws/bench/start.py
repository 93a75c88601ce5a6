"""A process from its start to its first forecast: how long, and how much memory it holds then."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable

import psutil

from granite_ws.bench.sides import Sides, duel, our_model
from granite_ws.benchmark import Duel, Report
from granite_ws.errors import SessionFailed

_PROGRAM = """
import psutil
from granite_ws.bench import sides
{make}
print(psutil.Process().memory_info().rss / 1e6)
"""
_LIMIT_S, _LOOK_S = 120.0, 0.02
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
            *_servers(repeats, tell),
            _help(repeats),
        ]
    )


def _servers(repeats: int, tell: Callable[[], None]) -> list[Duel]:
    """``granite-ws serve`` from its start to the first forecast that a client asked for."""
    seconds: Sides = ([], [])
    memory: Sides = ([], [])
    for _ in range(repeats):
        for side, runtime in enumerate(("pipeline", "onnx")):
            took, held = _served(runtime)
            seconds[side].append(took)
            memory[side].append(held)
        tell()
    return [
        duel("server start to first forecast", "s", seconds, most=1.5),
        duel("memory of the server then", "MB", memory, most=250),
    ]


def _served(runtime: str) -> tuple[float, float]:
    """(seconds, megabytes) of a server of its own, which is ended."""
    port = _free_port()
    command = [sys.executable, "-m", "granite_ws", "serve", "--port", str(port)]
    command += ["--runtime", runtime, "--hub-timeout-s", "0"]
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _is_ready(port):
            if server.poll() is not None or time.perf_counter() - begun > _LIMIT_S:
                raise SessionFailed(f"no server with runtime = {runtime} came up")
            time.sleep(_LOOK_S)
        took = time.perf_counter() - begun
        return took, psutil.Process(server.pid).memory_info().rss / 1e6
    finally:
        server.kill()
        server.wait()


def _is_ready(port: int) -> bool:
    """Whether it has made a forecast: that is what /readyz asks for."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=_LIMIT_S):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


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

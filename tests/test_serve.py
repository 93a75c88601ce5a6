"""``granite-ws serve`` as a user runs it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import socketio

from granite_ws import contract
from granite_ws.edges.recorder import Recorder
from granite_ws.events import Kind, Witness
from granite_ws.serve import former_port

LIMIT_S = 60.0
SERVE = [sys.executable, "-m", "granite_ws", "serve", "--hub-timeout-s", "0"]


@contextmanager
def serving(log: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A running server: its URL and process; ended by its pid whatever happens."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*SERVE, "--port", "0", *options], stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        yield wait_for_line(log, r"Listening on (\S+)", process), process
    finally:
        process.kill()
        process.wait()


def wait_for_line(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        found = re.search(pattern, log.read_text())
        if found:
            return found.group(found.lastindex or 0)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"no {pattern!r} in:\n{log.read_text()}")


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_it_listens_before_the_model_is_there(tmp_path: Path) -> None:
    """The page and the status answer while the model loads; the status then names the engine."""
    log = tmp_path / "granite_debug.log"
    with serving(log) as (url, process):
        assert get(f"{url}/api/status")["model_info"]["state"] in {"loading", "ready"}
        wait_for_line(log, "Model ready", process)
        info = get(f"{url}/api/status")["model_info"]
        assert ("ready", "granite-demo") == (info["state"], info["engine"])
        assert [entry["engine"] for entry in info["skipped"]] == ["granite-cache", "granite-hub"]


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    """Without a host of the user's own the address is 127.0.0.1."""
    with serving(tmp_path / "log", "--engine", "smoothing") as (url, _):
        assert url.startswith("http://127.0.0.1:")


def test_a_stranger_page_may_not_connect(tmp_path: Path) -> None:
    """A Socket.IO handshake from another origin is refused by default, and allowed by setting."""

    def handshake(url: str) -> int:
        request = urllib.request.Request(
            f"{url}/socket.io/?EIO=4&transport=polling", headers={"Origin": "http://evil.example"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    smoothing = ("--engine", "smoothing")
    with serving(tmp_path / "a", *smoothing) as (url, _):
        assert handshake(url) == 400
    with serving(tmp_path / "b", *smoothing, "--cors-allowed-origins", "*") as (url, _):
        assert handshake(url) == 200


@pytest.mark.parametrize("mode", ["threading", "asgi"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked(tmp_path: Path, number: signal.Signals, mode: str) -> None:
    """SIGTERM and Ctrl-C end the server with exit code 0."""
    log = tmp_path / "log"
    with serving(log, "--engine", "smoothing", "--async-mode", mode) as (_, process):
        wait_for_line(log, "Model ready", process)
        process.send_signal(number)
        assert process.wait(LIMIT_S) == 0


def test_a_taken_port_is_one_clear_error() -> None:
    """A port in use names the key, the value and what is allowed; exit code 2; no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*SERVE, "--port", port], capture_output=True, text=True, timeout=LIMIT_S
        )
    last = ended.stderr.strip().splitlines()[-1]
    assert ended.returncode == 2
    assert last.startswith(f"granite-ws: error: serve: port = {port}: ")
    assert "Traceback" not in ended.stderr


def test_a_broken_model_folder_ends_the_server(tmp_path: Path) -> None:
    """A folder that the user named and that is no model is exit code 2, not a silent fallback."""
    ended = subprocess.run(
        [*SERVE, "--port", "0", "--model-path", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert ended.returncode == 2
    assert f"model_path = '{tmp_path}'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_successor_takes_the_port_of_the_one_before(tmp_path: Path) -> None:
    """The last that listened counts; without one, any free port is taken."""
    events = tmp_path / "events.jsonl"
    assert 0 == former_port(None) == former_port(events)
    recorder = Recorder(Witness.SERVER, events)
    for port in (4001, 4002):
        recorder.record(Kind.LISTENING, host="127.0.0.1", port=port, pid=port)
    recorder.close()
    assert 4002 == former_port(events)


def test_an_end_gives_open_forecasts_their_time(tmp_path: Path) -> None:
    """Three that were asked for before SIGTERM are delivered; clients are told; it ends with 0."""
    log = tmp_path / "granite_debug.log"
    slow = ("--load", "slow-free", "--load-s", "1", "--workers", "3", "--cache-s", "0")
    with serving(log, "--engine", "smoothing", "--data", "elnino", *slow) as (url, process):
        wait_for_line(log, "Model ready", process)
        told: Queue[tuple[str, Any]] = Queue()
        client = socketio.Client(reconnection=False)
        for event in (contract.FORECAST, contract.SHUTDOWN):
            client.on(event, lambda data, event=event: told.put((event, data)))
        client.connect(url, transports=["websocket"], wait_timeout=30)
        jobs = {client.call(contract.ASK, {}, timeout=30)["job_id"] for _ in range(3)}
        process.terminate()
        heard = [told.get(timeout=LIMIT_S) for _ in range(4)]
        assert 0 == process.wait(LIMIT_S)
    assert (contract.SHUTDOWN, 2) == (heard[0][0], heard[0][1]["reconnect_after_s"])
    assert jobs == {data["job_id"] for event, data in heard[1:] if event == contract.FORECAST}
    assert "Shutting down: 3 forecasts open" in log.read_text()

"""The relay's process: orders in, events out."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from granite_ws.edges.store import read_events
from granite_ws.edges.wire import address, main
from granite_ws.errors import BadInput
from granite_ws.events import Event, Kind, Witness

LIMIT_S = 20


class Process:
    """A relay of its own in front of a listening socket."""

    def __init__(self, child: subprocess.Popen[bytes], events: Path) -> None:
        self.child = child
        self.events = events

    def order(self, *lines: object) -> None:
        assert self.child.stdin is not None
        for line in lines:
            self.child.stdin.write(line if isinstance(line, bytes) else json.dumps(line).encode())
            self.child.stdin.write(b"\n")
        self.child.stdin.flush()

    def await_event(self, kind: Kind, count: int = 1) -> Event:
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            found = read_events(self.events).of(kind) if self.events.exists() else ()
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.01)
        raise AssertionError(f"no {kind} within {LIMIT_S} s")

    def dial(self) -> socket.socket:
        told = self.await_event(Kind.RELAY_LISTENING).data
        return socket.create_connection((told["host"], told["port"]), LIMIT_S)


@contextmanager
def relay(folder: Path, server: socket.socket) -> Iterator[Process]:
    events = folder / "events.jsonl"
    to = f"127.0.0.1:{server.getsockname()[1]}"
    child = subprocess.Popen(
        [sys.executable, "-m", "granite_ws.edges.wire", str(events), "--to", to],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Process(child, events)
    finally:
        child.kill()
        child.communicate()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(LIMIT_S)
        yield made


def test_a_session_of_the_relay(tmp_path: Path, server: socket.socket) -> None:
    """Bytes pass, an order swallows them, healing tells how many, the end of the input ends it."""
    with relay(tmp_path, server) as it, it.dial() as client:
        far, _ = server.accept()
        client.sendall(b"before")
        assert b"before" == far.recv(100)
        it.order({"fault": "blackhole_both", "seconds": 60, "ignored": "word"})
        begun = it.await_event(Kind.FAULT_BEGUN)
        assert {"fault": "blackhole_both", "seconds": 60.0} == begun.data
        assert Witness.INJECTOR is begun.witness
        client.sendall(b"swallowed")
        client.shutdown(socket.SHUT_WR)
        far.close()  # both have ended, so the connection is over: all bytes have been counted
        closed = it.await_event(Kind.RELAY_CLOSED).data
        assert (15, 0) == (closed["bytes_up"], closed["bytes_down"])
        it.order({"heal": True})
        effect = it.await_event(Kind.FAULT_EFFECT).data
        assert {"fault": "blackhole_both", "what": "bytes swallowed", "amount": 9} == effect
        it.await_event(Kind.FAULT_ENDED)
        _, words = it.child.communicate(timeout=LIMIT_S)
        assert (0, b"") == (it.child.returncode, words)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_heals_and_ends(tmp_path: Path, server: socket.socket, number: int) -> None:
    """The fault is told as ended, the client's connection is closed, the exit code is 0."""
    with relay(tmp_path, server) as it, it.dial() as client:
        far, _ = server.accept()
        it.order({"fault": "ping_timeout_too_short", "delay_s": 0.5})
        it.await_event(Kind.FAULT_BEGUN)
        it.child.send_signal(number)
        assert 0 == it.child.wait(LIMIT_S)
        assert b"" == client.recv(1)
        far.close()
        kinds = [event.kind for event in read_events(it.events)]
        ending = [Kind.FAULT_EFFECT, Kind.FAULT_ENDED, Kind.RELAY_CLOSED]
        assert ending == kinds[-3:]


def test_an_order_that_is_none_does_not_end_it(tmp_path: Path, server: socket.socket) -> None:
    """Each is told in one line on standard error; no fault began; the next order is heard."""
    bad: list[Any] = [b"\xff{", b"[1]", {"fault": "gremlins"}, {"fault": "cut", "seconds": -1}]
    with relay(tmp_path, server) as it:
        it.await_event(Kind.RELAY_LISTENING)
        it.order(*bad, {"fault": "cut"})
        assert "cut" == it.await_event(Kind.FAULT_ENDED).data["fault"]
        assert 1 == len(read_events(it.events).of(Kind.FAULT_BEGUN))
        _, words = it.child.communicate(timeout=LIMIT_S)
        lines = words.decode().splitlines()
        assert len(bad) == len(lines)
        assert all(line.startswith("order not carried out: ") for line in lines)


@pytest.mark.parametrize("text", ["", "here", "here:", ":80", "here:0", "here:65536", "here:x"])
def test_a_target_that_is_none_is_refused(text: str) -> None:
    """HOST:PORT, or one line that says so."""
    with pytest.raises(BadInput, match="HOST:PORT"):
        address(text)


def test_a_target_is_read() -> None:
    """Names, numbers, and IPv6 in brackets."""
    assert ("localhost", 5000) == address("localhost:5000")
    assert ("::1", 65535) == address("[::1]:65535")


def test_bad_input_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong target, or a file that cannot be written: one line each."""
    assert 2 == main([str(tmp_path / "events"), "--to", "nowhere"])
    assert 2 == main([str(tmp_path), "--to", "127.0.0.1:1"])
    lines = capsys.readouterr().err.splitlines()
    assert 2 == len(lines)
    assert all(line.startswith("granite-ws: error: ") for line in lines)

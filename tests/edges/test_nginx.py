"""A real nginx, where one is installed."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from granite_ws.edges.nginx import config_text, find_nginx, main, running
from granite_ws.edges.store import read_events
from granite_ws.edges.wire_connection import Address
from granite_ws.errors import BadInput
from granite_ws.events import Kind, Witness
from tests.conftest import alive

LIMIT_S = 20
needs_nginx = pytest.mark.skipif(find_nginx() is None, reason="no nginx here (apt install nginx)")
UPGRADE = b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def _serve(listener: socket.socket, word: bytes) -> None:
    """Switches protocols and then says nothing where asked to upgrade; says its word otherwise."""
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(peer, word), daemon=True).start()


def _answer(peer: socket.socket, word: bytes) -> None:
    head = b""
    with peer:
        while b"\r\n\r\n" not in head:
            part = peer.recv(4096)
            if not part:
                return
            head += part
        if b"upgrade: websocket" in head.lower():
            switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            peer.sendall(switch + b"Connection: Upgrade\r\n\r\nframes")
            peer.recv(1)
        else:
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(word))
            peer.sendall(b"Connection: close\r\n\r\n" + word)


@contextmanager
def servers(*words: bytes) -> Iterator[list[Address]]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in words]
    for listener, word in zip(listeners, words, strict=True):
        threading.Thread(target=_serve, args=(listener, word), daemon=True).start()
    try:
        yield [listener.getsockname() for listener in listeners]
    finally:
        for listener in listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def get(listening: Address) -> bytes:
    asked = http.client.HTTPConnection(*listening, timeout=LIMIT_S)
    asked.request("GET", "/socket.io/")
    body = asked.getresponse().read()
    asked.close()
    return body


@needs_nginx
def test_a_silent_server_is_left_after_the_read_timeout(tmp_path: Path) -> None:
    """An upgraded connection passes frames, and is closed by nginx when nothing more comes."""
    with (
        servers(b"a") as there,
        running(tmp_path / "front desk", there, read_timeout_s=0.5) as listening,
        socket.create_connection(listening, LIMIT_S) as client,
    ):
        client.sendall(UPGRADE)
        told = b""
        while not told.endswith(b"frames"):
            told += client.recv(4096)
        assert told.startswith(b"HTTP/1.1 101")
        begun = time.monotonic()
        assert b"" == client.recv(1)
        assert 0.4 <= time.monotonic() - begun < 5


@needs_nginx
def test_without_upgrade_there_is_no_websocket(tmp_path: Path) -> None:
    """The server never sees ``Upgrade``, and answers an ordinary request."""
    with (
        servers(b"polling only") as there,
        running(tmp_path, there, upgrade=False) as listening,
        socket.create_connection(listening, LIMIT_S) as client,
    ):
        client.sendall(UPGRADE)
        assert client.recv(4096).startswith(b"HTTP/1.1 200")


@needs_nginx
def test_servers_take_turns(tmp_path: Path) -> None:
    """Of four requests each of two servers gets two."""
    with servers(b"a", b"b") as there, running(tmp_path, there) as listening:
        got = [get(listening) for _ in range(4)]
        assert [b"a", b"a", b"b", b"b"] == sorted(got)
        assert got[0] != got[1]


@needs_nginx
def test_the_process_tells_where_it_listens_and_ends_with_its_nginx(tmp_path: Path) -> None:
    """Written as an event and on standard output; after SIGTERM no nginx is left."""
    events, folder = tmp_path / "events.jsonl", tmp_path / "nginx"
    with servers(b"through") as there:
        to = f"{there[0][0]}:{there[0][1]}"
        command = [sys.executable, "-m", "granite_ws.edges.nginx", str(folder), "--to", to]
        child = subprocess.Popen(
            [*command, "--read-timeout", "2", "--events", str(events)], stdout=subprocess.PIPE
        )
        try:
            assert child.stdout is not None
            line = child.stdout.readline().decode()
            (told,) = read_events(events).of(Kind.RELAY_LISTENING)
            assert f"listening on {told.data['host']}:{told.data['port']}\n" == line
            assert Witness.INJECTOR is told.witness
            assert b"through" == get((told.data["host"], told.data["port"]))
            inner = int((folder / "nginx.pid").read_text())
            assert alive(inner)
            child.send_signal(signal.SIGTERM)
            assert 0 == child.wait(LIMIT_S)
            assert not alive(inner)
        finally:
            child.kill()
            child.communicate()


def test_the_configuration_says_what_was_asked() -> None:
    """Timeout in milliseconds, every upstream, no ``ip_hash``, everything inside the folder."""
    there = [("127.0.0.1", 1), ("::1", 2)]
    text = config_text(Path("/a b"), there, port=3, read_timeout_s=1.5)
    assert "proxy_read_timeout 1500ms;" in text
    assert "server 127.0.0.1:1 max_fails=0;" in text
    assert "server [::1]:2 max_fails=0;" in text
    assert "ip_hash" not in text
    assert "proxy_set_header Upgrade" in text
    assert 8 == text.count('"/a b/')
    assert "Upgrade $" not in config_text(Path("/a"), there, port=3, upgrade=False)


@pytest.mark.parametrize("folder", ["/a$b", '/a"b', "/a\\b", "/a\nb"])
def test_a_folder_that_nginx_cannot_read_is_refused(folder: str) -> None:
    """Signs that mean something in its configuration are named."""
    with pytest.raises(BadInput, match="a path without"):
        config_text(Path(folder), [("h", 1)], port=1)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_timeout_that_cannot_be_is_refused(seconds: float) -> None:
    """Seconds above 0."""
    with pytest.raises(BadInput, match="read-timeout"):
        config_text(Path("/a"), [("h", 1)], port=1, read_timeout_s=seconds)


def test_bad_input_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, no traceback."""
    assert 2 == main([str(tmp_path), "--to", "nowhere"])
    assert capsys.readouterr().err.startswith("granite-ws: error: relay: --to = 'nowhere'")


def test_without_nginx_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that names what is missing."""
    monkeypatch.setattr("granite_ws.edges.nginx.find_nginx", lambda: None)
    with (
        pytest.raises(BadInput, match="an installed nginx"),
        running(tmp_path, [("127.0.0.1", 1)]),
    ):
        pass

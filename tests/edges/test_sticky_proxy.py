"""Real nginx and real HAProxy with the configurations that lead each client to its own server."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from granite_ws.edges.nginx import find_nginx
from granite_ws.edges.sticky_proxy import (
    COOKIE,
    haproxy_config,
    main,
    nginx_site,
    running,
    silence_s,
)
from granite_ws.edges.wire_connection import Address
from granite_ws.settings import Settings

LIMIT_S = 20
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
SETTINGS = Settings()
OPEN, GOES_ON = "/socket.io/?EIO=4&transport=polling", "&sid=abc"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"
PROXIES = (
    pytest.param(
        "nginx", marks=pytest.mark.skipif(find_nginx() is None, reason="apt install nginx")
    ),
    pytest.param(
        "haproxy", marks=pytest.mark.skipif(HAPROXY is None, reason="apt install haproxy")
    ),
)


class Named(BaseHTTPRequestHandler):
    """Answers with its server's port."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        word = str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(word)))
        self.end_headers()
        self.wfile.write(word)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    """HAProxy's checks come and reset."""

    def handle_error(self, *_: object) -> None:
        """Silent."""


def _free() -> Address:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return "127.0.0.1", probe.getsockname()[1]


@contextmanager
def _haproxy(folder: Path, there: list[Address]) -> Iterator[Address]:
    assert HAPROXY is not None
    listening, config = _free(), folder / "haproxy.cfg"
    config.write_text(haproxy_config(there, listening, SETTINGS))
    child = subprocess.Popen([HAPROXY, "-db", "-q", "-f", config], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + LIMIT_S
    try:
        while True:
            try:
                socket.create_connection(listening, 1).close()
                break
            except OSError:
                assert child.poll() is None
                assert time.monotonic() < deadline
        yield listening
    finally:
        child.kill()
        child.wait()


class Stand:
    """Two servers behind a proxy."""

    def __init__(self, servers: list[Server], listening: Address) -> None:
        self.servers = {str(server.server_address[1]): server for server in servers}
        self._listening = listening

    def ask(
        self, path: str, *, cookie: str = "", agent: str = "a", method: str = "GET"
    ) -> tuple[str, str]:
        """(the server that answered, the cookie that was set)."""
        asked = http.client.HTTPConnection(*self._listening, timeout=LIMIT_S)
        headers = {"User-Agent": agent} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
        asked.request(method, path, headers=headers, body=b"2probe" if method == "POST" else None)
        reply = asked.getresponse()
        assert 200 == reply.status
        body, told = reply.read().decode(), reply.headers.get("Set-Cookie", "")
        asked.close()
        assert not told or told.startswith(f"{COOKIE}=")
        return body, told.split(";")[0].removeprefix(f"{COOKIE}=")

    def end(self, name: str) -> None:
        self.servers[name].shutdown()
        self.servers[name].server_close()


@pytest.fixture(params=PROXIES)
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    servers = [Server(("127.0.0.1", 0), Named) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    there = [("127.0.0.1", server.server_address[1]) for server in servers]
    proxy = (
        _haproxy(tmp_path, there)
        if request.param == "haproxy"
        else running(tmp_path / "nginx", there, _free(), SETTINGS)
    )
    try:
        with proxy as listening:
            yield Stand(servers, listening)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def test_a_page_gives_a_cookie_that_leads_back(stand: Stand) -> None:
    """Clients of one address are spread, and each stays where its page came from, polling too."""
    homes = [stand.ask("/") for _ in range(24)]
    assert {home for home, _ in homes} == set(stand.servers)
    for home, cookie in homes:
        assert cookie
        assert (home, "") == stand.ask(OPEN, cookie=cookie)
        assert (home, "") == stand.ask(OPEN + GOES_ON, cookie=cookie, method="POST")
        assert (home, "") == stand.ask(WEBSOCKET + GOES_ON, cookie=cookie)


def test_polling_without_a_cookie_stays_with_its_server(stand: Stand) -> None:
    """Node's client keeps no cookie: its opening, its polls, its posts and its upgrade (which
    has another User-Agent) meet one server all the same.
    """
    paths = (OPEN, OPEN + GOES_ON, WEBSOCKET + GOES_ON)
    met = {stand.ask(path, agent=agent)[0] for path in paths for agent in ("node", "ws", "")}
    met |= {stand.ask(OPEN + GOES_ON, method="POST")[0]}
    assert 1 == len(met)


def test_a_websocket_without_a_cookie_goes_anywhere(stand: Stand) -> None:
    """One connection is the whole session: both servers get some, from one address."""
    assert {stand.ask(WEBSOCKET)[0] for _ in range(24)} == set(stand.servers)


def test_clients_of_a_dead_server_meet_the_other_one(stand: Stand) -> None:
    """Nobody is told an error; with a cookie, without, and with a body to send."""
    homes = [stand.ask("/") for _ in range(12)]
    dead, living = sorted(stand.servers, key=[home for home, _ in homes].count)
    stand.end(dead)
    for _, cookie in homes:
        assert living == stand.ask(OPEN, cookie=cookie)[0]
        assert living == stand.ask(OPEN + GOES_ON, cookie=cookie, method="POST")[0]
    for number in range(8):
        assert living == stand.ask(OPEN, agent=str(number))[0]


def test_a_heartbeat_fits_into_the_proxys_patience() -> None:
    """Both close a silent connection only after ping_interval + ping_timeout."""
    settings = Settings(ping_interval=30, ping_timeout=200, max_http_buffer_size=5_000_000)
    assert silence_s(settings) > 230
    there, at = [("web-1", 5001), ("::1", 5002)], ("127.0.0.1", 5000)
    nginx, haproxy = nginx_site(there, at, settings), haproxy_config(there, at, settings)
    assert "proxy_read_timeout 245s;" in nginx
    assert "client_max_body_size 5000000;" in nginx
    assert "server web-1:5001 max_fails=1" in nginx
    assert "server [::1]:5002 max_fails=1" in nginx
    for word in ("client", "server", "tunnel"):
        assert f"timeout {word} 245s" in haproxy


def test_the_process_writes_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """``--write`` prints what the functions give and starts nothing."""
    there, at = [("web-1", 5001)], ("0.0.0.0", 5000)
    command = ["--to", "web-1:5001", "--host", "0.0.0.0", "--port", "5000"]
    assert 0 == main([*command, "--write", "nginx"])
    assert nginx_site(there, at, SETTINGS) == capsys.readouterr().out
    assert 0 == main([*command, "--write", "haproxy"])
    assert haproxy_config(there, at, SETTINGS) == capsys.readouterr().out


@pytest.mark.skipif(find_nginx() is None, reason="apt install nginx")
def test_the_process_runs_a_proxy_until_it_is_told_to_end() -> None:
    """It says where it listens, answers for a server that is gone with 502, ends by SIGTERM."""
    at = _free()
    command = [sys.executable, "-m", "granite_ws.edges.sticky_proxy", "--to", "127.0.0.1:9"]
    child = subprocess.Popen([*command, "--port", str(at[1])], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert f"listening on 127.0.0.1:{at[1]}\n" == child.stdout.readline().decode()
        asked = http.client.HTTPConnection(*at, timeout=LIMIT_S)
        asked.request("GET", "/")
        assert 502 == asked.getresponse().status
        asked.close()
        child.terminate()
        assert 0 == child.wait(LIMIT_S)
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize(
    "wrong", [["--to", "nowhere"], ["--to", "h:1", "--ping-interval", "0"]], ids=["to", "ping"]
)
def test_bad_input_is_exit_code_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line that names the key, no traceback."""
    assert 2 == main([*wrong, "--port", "5000"])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("granite-ws: error: ")
    assert wrong[-2].lstrip("-").replace("-", "_") in line.replace("-", "_")

"""A model hub on loopback: good, slow, silent, or without the model."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHUNK = 64 * 1024


class _Hub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, mode: str, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mode, self.folder = mode, folder
        self.asked: list[str] = []
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet: what was asked is kept in a list."""

    def _answer(self, *, body: bool) -> None:
        self.server.asked.append(self.path)
        path = self.server.folder / self.path.rsplit("/", 1)[-1]
        if self.server.mode == "silent":
            self.server.over.wait(60)
        elif self.server.mode == "404" or not path.is_file():
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(path.read_bytes(), body=body)

    def _send(self, content: bytes, *, body: bool) -> None:
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for start in range(0, len(content) if body else 0, CHUNK):
            if self.server.mode == "slow" and self.server.over.wait(1.0):
                return
            self.wfile.write(content[start : start + CHUNK])


@contextmanager
def hub(mode: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serves ``folder`` as the files of every repository; yields (endpoint, paths asked for).

    mode: ``good``; ``slow`` (a chunk a second); ``silent`` (accepts, never answers); ``404``.
    """
    server = _Hub(mode, folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()

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


@contextmanager
def hub(mode: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serves ``folder`` as the files of every repository; yields (endpoint, paths asked for).

    mode: ``good``; ``slow`` (a chunk a second); ``silent`` (accepts, never answers); ``404``.
    """
    over = threading.Event()
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, format: str, *arguments: object) -> None:
            asked.append(self.path)

        def _answer(self, *, body: bool) -> None:
            asked.append(self.path)
            path = folder / self.path.rsplit("/", 1)[-1]
            if mode == "silent":
                over.wait(60)
            elif mode == "404" or not path.is_file():
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
                if mode == "slow" and over.wait(1.0):
                    return
                self.wfile.write(content[start : start + CHUNK])

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is what these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()

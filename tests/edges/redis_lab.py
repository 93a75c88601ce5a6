"""Real Redis servers for tests, on ports of their own, that can be frozen, ended, begun again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
import redis

BEGIN_S = 20.0


class RedisServer:
    """A redis-server of this test alone; keeps nothing on disk. Use it in a ``with``."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns when it answers; again on the same port after ``end``."""
        command = [needs_redis(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + BEGIN_S
        with redis.Redis(port=self.port) as client:
            while not _answers(client):
                assert self._process.poll() is None, f"redis-server ended: port {self.port}"
                assert time.monotonic() < until, "redis-server does not answer"
                time.sleep(0.02)

    def freeze(self) -> None:
        """It takes connections (the kernel does) and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Kills it; what it kept is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *gone: object) -> None:
        self.end()


def wait_for_listener(client: redis.Redis, channel: str) -> None:
    """Returns when somebody is subscribed to the channel."""
    until = time.monotonic() + BEGIN_S
    while not client.pubsub_numsub(channel)[0][1]:
        assert time.monotonic() < until, f"nobody listens to {channel}"
        time.sleep(0.01)


def needs_redis() -> str:
    """redis-server's path; skips without one, except in CI, where that is a failure."""
    found = shutil.which("redis-server")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have redis-server")
        pytest.skip("no redis-server here (apt-get install redis-server)")
    return found


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A Redis of a session's own, where the settings name none."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from granite_ws.edges.process import ChildProcess
from granite_ws.edges.recorder import Recorder
from granite_ws.errors import SessionFailed, SettingsError

_PROGRAMS = ("redis-server", "valkey-server")
_START_S = 15.0
_LOOK_S = 0.02


def find_redis() -> str:
    """The server program's path. Raises SettingsError where none is installed."""
    for name in _PROGRAMS:
        found = shutil.which(name)
        if found:
            return found
    raise SettingsError(
        "executor",
        "queue",
        allowed="needs redis-server on the PATH (apt install redis-server), or a redis_url",
        where="session",
    )


def start_redis(folder: Path, recorder: Recorder) -> tuple[ChildProcess, str]:
    """One that listens on a free port of 127.0.0.1, keeps nothing on disk, and its URL.

    Raises SettingsError where none is installed, SessionFailed when it does not answer.
    """
    program = find_redis()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    command += ["--appendonly", "no", "--dir", str(folder)]
    child = ChildProcess("redis", command, recorder, output=folder / "redis.log")
    url = f"redis://127.0.0.1:{port}/0"
    clock = recorder.clock
    deadline = clock.now_ns() + int(_START_S * 1e9)
    client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    while child.ended() is None and clock.now_ns() < deadline:
        try:
            client.ping()
            return child, url
        except RedisError:
            clock.sleep(_LOOK_S)
    child.end()
    raise SessionFailed(f"{program} did not answer: {child.last_words()}")

"""Several servers of one application on this machine, for measurements and tests.

    Redis <-> server, server, ... <-> sticky nginx <-> clients
      ^ -> queue worker, ...

Started as ``docs/scale.md`` has it, on free ports of 127.0.0.1, and ended by their process ids.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from granite_ws.edges import sticky_proxy
from granite_ws.edges.clock import Clock
from granite_ws.edges.wire_connection import Address
from granite_ws.errors import BadInput, SessionFailed
from granite_ws.reproduce import options_for
from granite_ws.settings import Settings

HOST = "127.0.0.1"
PROGRAM = "granite_ws"
# Importing torch and loading the model, on a machine that does it for all of them at once.
_START_S = 90.0
_END_S = 20.0
_LOOK_S = 0.05


class Member:
    """One process of the cluster; what it writes goes to ``log``."""

    def __init__(self, name: str, words: Sequence[str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        command = [sys.executable, "-m", PROGRAM, *words]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL: it has no time to tell anybody."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """SIGTERM, and SIGKILL after a grace."""
        self.process.terminate()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.kill()


class Cluster:
    """Servers, queue workers, Redis and proxy that run. ``url`` is the proxy's."""

    def __init__(
        self, folder: Path, servers: list[Member], at: list[Address], workers: list[Member]
    ) -> None:
        self.servers, self.workers = servers, workers
        self.folder = folder
        self.direct = [f"http://{host}:{port}" for host, port in at]
        self.url = ""
        self.redis_url = ""


@contextmanager
def running(
    settings: Settings, folder: Path, *, servers: int = 2, workers: int = 1
) -> Iterator[Cluster]:
    """A cluster in which every server answers; everything is ended on leaving the block.

    settings: of every server; executor, redis_url, host and port are the cluster's own. Raises
    BadInput where Redis or nginx is not installed, SessionFailed where a member does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as ends:
        redis_url = ends.enter_context(_redis(folder))
        ours = replace(settings, executor="queue", redis_url=redis_url, host=HOST)
        at = [(HOST, port) for port in _free_ports(servers)]
        web = [
            Member(f"web-{number}", ["serve", *options_for(replace(ours, port=port))], folder)
            for number, (_, port) in enumerate(at, start=1)
        ]
        queue = [
            Member(f"worker-{number}", ["worker", *options_for(ours)], folder)
            for number in range(1, workers + 1)
        ]
        for member in (*web, *queue):
            ends.callback(member.end)
        # Runs first: they leave side by side before each is waited for.
        ends.callback(_ask_to_end, (*web, *queue))
        cluster = Cluster(folder, web, at, queue)
        cluster.redis_url = redis_url
        for member, url in zip(web, cluster.direct, strict=True):
            _wait_until_it_answers(member, url)
        listening = (HOST, _free_ports(1)[0])
        proxy = sticky_proxy.running(folder / "nginx", at, listening, ours)
        host, port = ends.enter_context(proxy)
        cluster.url = f"http://{host}:{port}"
        yield cluster


def _ask_to_end(members: Sequence[Member]) -> None:
    for member in members:
        member.process.terminate()


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis of our own that keeps nothing on disk."""
    program = shutil.which("redis-server")
    if program is None:
        raise BadInput("redis", None, allowed="an installed redis-server", where="cluster")
    (port,) = _free_ports(1)
    command = [program, "--bind", HOST, "--port", str(port), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--logfile", str(folder / "redis.log")]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        retry = Retry(ConstantBackoff(_LOOK_S), int(_END_S / _LOOK_S))
        with Redis(host=HOST, port=port, retry=retry) as client:
            client.ping()
        yield f"redis://{HOST}:{port}/0"
    finally:
        child.terminate()
        child.wait()


def _wait_until_it_answers(member: Member, url: str) -> None:
    clock = Clock()
    deadline = clock.now_ns() + int(_START_S * 1e9)
    while clock.now_ns() < deadline and member.process.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"{url}/api/status", timeout=5).close()  # noqa: S310 -- ours
            return
        clock.sleep(_LOOK_S)
    last = member.log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
    raise SessionFailed(f"{member.name} does not answer: {last or os.strerror(0)}")


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, all of them different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]

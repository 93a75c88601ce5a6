"""What a server spends on its clients, and how fast three hundred come back: measured, simulated.

    python scripts/measure_storm.py [--clients 300] [--modes threading,gevent,asgi] [--repeats 3]

For each mode a real ``granite-ws serve`` on 127.0.0.1 and two processes of python-socketio clients
(asyncio, WebSocket, the library's own reconnection). Measured, one after the other:

* memory and CPU of the server without clients, and with all of them while nothing happens but
  heartbeats, while one message a second goes to each, while the history is fetched;
* CPU and seconds of all clients connecting at once, Engine.IO alone and with the namespace;
* the storm: SIGKILL to the server, another one a second later on the same port, with the
  library's jitter and with ``randomization_factor=0``. The simulation of a repeat is told how
  long nobody listened, how long the last client took to notice, and the medians of the costs
  above, and nothing else. Each waits until nobody else uses this machine much.

Writes docs/results/storm.json and storm.svg. Exit code 0 where every client came back each time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import engineio
import numpy as np
import psutil
import socketio

from granite_ws import contract
from granite_ws.capacity.cost import ServerCost
from granite_ws.capacity.plan import Plan
from granite_ws.capacity.storm import Storm, busiest_second, simulate
from granite_ws.edges import host
from granite_ws.edges.clock import Clock
from granite_ws.heartbeat import ClientKind, Heartbeat
from granite_ws.report.capacity import draw_measured
from granite_ws.report.section import WIDE_IN
from granite_ws.report.svg import as_file, svg_of
from granite_ws.reproduce import options_for
from granite_ws.settings import Settings

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs/results/storm.json"
PING_S, TIMEOUT_S = 2, 20
WATCH_S = 8.0
HISTORIES = 40
# Without it nobody would listen for just about 1 s, which is when all of them try first where
# they have no jitter: a few milliseconds would then decide over all.
PAUSE_S = 1.0
QUIET_PERCENT, QUIET_WAIT_S = 10.0, 120.0
LISTENS = "0A"  # TCP_LISTEN in /proc/net/tcp
BACKLOG_MOST = 8192
START_S, BACK_S, STEP_S = 90.0, 90.0, 0.01
SHARES = (0.5, 0.9, 0.99)
SIMULATED_SEEDS = 21
PACKAGES = ("python-socketio", "python-engineio", "flask-socketio", "simple-websocket", "gevent")
PACKAGES += ("uvicorn", "websockets", "aiohttp")
CLOCK = Clock()


def now() -> float:
    return CLOCK.now_ns() / 1e9


def wait_for(reached: Callable[[], Any], seconds: float, what: str) -> float:
    """Seconds until it is reached. Raises TimeoutError."""
    begun = now()
    while not reached():
        if now() - begun > seconds:
            raise TimeoutError(f"after {seconds:g} s still no: {what}")
        CLOCK.sleep(STEP_S)
    return now() - begun


# ------------------------------------------------------------------------------------ the clients


class Client(socketio.AsyncClient):
    """Writes down when it tries, when it is connected, when it is not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(handle_sigint=False, **options)
        self.attempts: list[float] = []
        self.connects: list[float] = []
        self.drops: list[float] = []
        self.on("connect", self._came)
        self.on("disconnect", self._went)

    async def connect(self, *args: Any, **options: Any) -> None:
        """One attempt, the first or a later one."""
        self.attempts.append(now())
        await super().connect(*args, **options)

    async def _came(self) -> None:
        self.connects.append(now())

    async def _went(self, _reason: str) -> None:
        self.drops.append(now())

    def view(self) -> dict[str, list[float]]:
        """Everything that it wrote down."""
        return {"attempts": self.attempts, "connects": self.connects, "drops": self.drops}


async def play(url: str, count: int, factor: float) -> None:
    """A process of clients: orders on standard input, counts on standard output."""
    clients = [Client(randomization_factor=factor) for _ in range(count)]
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    openers: list[engineio.AsyncClient] = []

    async def connect_all() -> None:
        options = {"transports": ["websocket"], "wait_timeout": 30, "retry": True}
        await asyncio.gather(*(client.connect(url, **options) for client in clients))

    async def open_all() -> None:
        openers.extend(engineio.AsyncClient(handle_sigint=False) for _ in range(count))
        options = {"transports": ["websocket"], "engineio_path": "socket.io"}
        await asyncio.gather(*(one.connect(url, **options) for one in openers))

    async def close_all() -> None:
        await asyncio.gather(*(one.disconnect() for one in openers))
        openers.clear()

    acts = {"connect": connect_all, "open": open_all, "close": close_all}
    while (order := (await reader.readline()).decode().strip()) in (*acts, "count", "view"):
        begun = now()
        if order in acts:
            await acts[order]()
        told: dict[str, Any] = {"begun": begun, "ended": now()}
        told["connected"] = sum(len(c.connects) > len(c.drops) for c in clients)
        if order == "view":
            told["views"] = [client.view() for client in clients]
        print(json.dumps(told), flush=True)
    os._exit(0)


class Crowd:
    """Two processes of clients, given the same orders at the same moment."""

    def __init__(self, url: str, count: int, factor: float, ends: ExitStack) -> None:
        halves = (count // 2, count - count // 2)
        command = [sys.executable, __file__, "--play", url, "--factor", str(factor), "--clients"]
        self._processes = [
            subprocess.Popen(
                [*command, str(half)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for half in halves
        ]
        for process in self._processes:
            ends.callback(process.wait)
            ends.callback(process.kill)

    def order(self, word: str) -> list[dict[str, Any]]:
        """Orders both; what each answers when it has done it."""
        for process in self._processes:
            process.stdin.write(word + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        return [json.loads(process.stdout.readline()) for process in self._processes]  # type: ignore[union-attr]

    def timed(self, word: str) -> float:
        """Seconds from the first's beginning to the last's end."""
        told = self.order(word)
        return max(one["ended"] for one in told) - min(one["begun"] for one in told)

    def connected(self) -> int:
        """How many clients are connected now."""
        return sum(one["connected"] for one in self.order("count"))


# ------------------------------------------------------------------------------------- the server


class Server:
    """One ``granite-ws serve``."""

    def __init__(self, mode: str, port: int, log: Path) -> None:
        settings = Settings(
            async_mode=mode,
            port=port,
            engine="smoothing",
            ping_interval=PING_S,
            ping_timeout=TIMEOUT_S,
            forecast_every=1000,
            logger=False,
            engineio_logger=False,
            log_level="WARNING",
        )
        self.url, self._port = f"http://127.0.0.1:{port}", port
        self.warm_s = 0.0
        command = [sys.executable, "-m", "granite_ws", "serve", *options_for(settings)]
        with log.open("ab") as sink:
            self.process = subprocess.Popen(command, stdout=sink, stderr=sink)
        self._seen = psutil.Process(self.process.pid)

    def listens(self) -> bool:
        """Whether it takes connections."""
        if self.process.poll() is not None:
            raise ChildProcessError(f"the server ended with {self.process.returncode}")
        # Asked of the kernel: a connection of our own would wait in the clients' queue.
        rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return any(row[3] == LISTENS and row[1].endswith(f":{self._port:04X}") for row in rows)

    def answers(self) -> bool:
        """Whether it answers a request: after a start it listens earlier."""
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=30) as reply:
            return bool(reply.status == 200)
        return False

    def ready(self) -> bool:
        """Whether its model is loaded: until then it works beside its clients."""
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as reply:
            return bool(reply.status == 200)
        return False

    def cpu_s(self) -> float:
        """CPU seconds until now."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def rss_mb(self) -> float:
        """Resident memory."""
        return float(self._seen.memory_info().rss / 1e6)

    def cpu_over(self, seconds: float) -> float:
        """CPU seconds in each of the next seconds."""
        before, begun = self.cpu_s(), now()
        CLOCK.sleep(seconds)
        return (self.cpu_s() - before) / (now() - begun)

    def cpu_of(self, act: Callable[[], Any]) -> tuple[float, Any]:
        """CPU seconds while something is done, and its result."""
        before = self.cpu_s()
        result = act()
        return self.cpu_s() - before, result

    def backlog(self) -> int:
        """How many connections the kernel takes for a server that stands still.

        Linux keeps one more than ``listen`` was told; beyond them a connection gets no answer.
        """
        held: list[socket.socket] = []
        self._seen.suspend()
        try:
            with suppress(TimeoutError):
                while len(held) < BACKLOG_MOST:
                    held.append(socket.create_connection(("127.0.0.1", self._port), timeout=0.5))
        finally:
            self._seen.resume()
            for one in held:
                one.close()
        return len(held) - 1

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()


def quiet_machine() -> float:
    """Waits for a machine that does nothing else, for a while; the percentage that it does."""
    begun = now()
    while (used := psutil.cpu_percent(2.0)) > QUIET_PERCENT and now() - begun < QUIET_WAIT_S:
        pass
    return used


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(mode: str, port: int, log: Path) -> Iterator[Server]:
    """A server whose model is loaded; killed on leaving the block."""
    server = Server(mode, port, log)
    try:
        wait_for(server.listens, START_S, "listening")
        server.warm_s = wait_for(server.answers, START_S, "an answer")
        wait_for(server.ready, START_S, "ready")
        yield server
    finally:
        server.kill()


# -------------------------------------------------------------------------------------- the costs


def costs(mode: str, clients: int, log: Path) -> dict[str, Any]:
    """One measurement of everything that ``ServerCost`` names, from a fresh server."""
    others = quiet_machine()
    load = os.getloadavg()[0]
    with ExitStack() as ends:
        server = ends.enter_context(serving(mode, free_port(), log))
        crowd = Crowd(server.url, clients, 0.5, ends)
        crowd.connected()  # both have imported everything
        idle = server.cpu_over(WATCH_S)
        base_mb = server.rss_mb()
        # Twice: the first time pays for what is made once.
        crowd.order("open")
        crowd.order("close")
        open_cpu, open_s = server.cpu_of(lambda: crowd.timed("open"))
        crowd.order("close")
        CLOCK.sleep(1.0)
        before_mb = server.rss_mb()
        both_cpu, both_s = server.cpu_of(lambda: crowd.timed("connect"))
        CLOCK.sleep(1.0)
        with_mb = server.rss_mb()
        quiet = server.cpu_over(WATCH_S)
        busy = _with_feed(server)
        resync_cpu, size = server.cpu_of(lambda: _histories(server.url))
        backlog = server.backlog()
    open_each = (open_cpu - open_s * idle) / clients
    both_each = (both_cpu - both_s * idle) / clients
    cost = ServerCost(
        open_s=open_each,
        join_s=max(both_each - open_each, 0.0),
        resync_s=resync_cpu / HISTORIES,
        heartbeat_s=max(quiet - idle, 0.0) * PING_S / clients,
        message_s=max(busy - quiet, 0.0) / clients,
        client_mb=(with_mb - base_mb) / clients,
        base_mb=base_mb,
        backlog=backlog,
    )
    return cost.to_dict() | {
        "warm_s": server.warm_s,
        "load_before": round(load, 2),
        "others_cpu_percent": others,
        "idle_cpu_share": idle,
        "quiet_cpu_share": quiet,
        "feed_cpu_share": busy,
        "open_burst_s": open_s,
        "connect_burst_s": both_s,
        "connects_per_s_in_burst": clients / both_s,
        "handshakes_per_s_per_core": cost.handshakes_per_s,
        "memory_after_openings_mb": before_mb - base_mb,
        "history_bytes": size,
    }


def _with_feed(server: Server) -> float:
    """The server's CPU share while it sends a point to everybody each second."""
    starter = socketio.Client(handle_sigint=False)
    starter.connect(server.url, transports=["websocket"], wait_timeout=30)
    starter.emit(contract.START)
    CLOCK.sleep(3.0)
    share = server.cpu_over(WATCH_S)
    starter.emit(contract.STOP)
    CLOCK.sleep(1.0)
    starter.disconnect()
    return share


def _histories(url: str) -> int:
    for _ in range(HISTORIES):
        with urllib.request.urlopen(f"{url}/api/history", timeout=30) as reply:
            size = len(reply.read())
    return size


# -------------------------------------------------------------------------------------- the storm


def storm(mode: str, clients: int, factor: float, log: Path) -> dict[str, Any]:
    """Kills the server, starts it again, waits until everybody is back."""
    others = quiet_machine()
    load = os.getloadavg()[0]
    with ExitStack() as ends:
        first = ends.enter_context(serving(mode, free_port(), log))
        crowd = Crowd(first.url, clients, factor, ends)
        crowd.order("connect")
        if crowd.connected() != clients:
            raise AssertionError("not everybody connected before the kill")
        CLOCK.sleep(2.0)
        killed = now()
        first.kill()
        CLOCK.sleep(PAUSE_S)
        second = Server(mode, int(first.url.rpartition(":")[2]), log)
        ends.callback(second.kill)
        wait_for(second.listens, START_S, "listening again")
        down = now() - killed
        with suppress(TimeoutError):
            wait_for(lambda: crowd.connected() == clients or CLOCK.sleep(0.5), BACK_S, "all back")
        views = [view for told in crowd.order("view") for view in told["views"]]
    told = {"load_before": round(load, 2), "others_cpu_percent": others, "down_s": down}
    return told | seen(views, killed)


def seen(views: list[dict[str, list[float]]], killed: float) -> dict[str, Any]:
    """What the clients wrote down, in seconds from the kill."""
    back = [next((at - killed for at in view["connects"] if at > killed), None) for view in views]
    lost = [next((at - killed for at in view["drops"] if at > killed), None) for view in views]
    attempts = sorted(at - killed for view in views for at in view["attempts"] if at > killed)
    there = np.sort(np.array([at for at in back if at is not None]))
    return {
        "clients": len(views),
        "lost": sum(at is not None for at in lost),
        "back": len(there),
        "noticed_last_s": max((at for at in lost if at is not None), default=None),
        "figures": {
            **{f"back_{share:g}_s": quantile(there, share) for share in SHARES},
            "peak_attempts_per_s": busiest_second(np.array(attempts)),
            "peak_returns_per_s": busiest_second(there),
            "failed_attempts": len(attempts) - len(there),
        },
        "back_s": [round(float(at), 3) for at in there],
    }


def quantile(there: np.ndarray, share: float) -> float | None:
    """The moment by which this share is back."""
    return float(there[int(np.ceil(share * len(there))) - 1]) if len(there) else None


def simulated(
    cost: ServerCost, warm_s: float, factor: float, run: dict[str, Any]
) -> dict[str, Any]:
    """The same storm on paper, where nobody asks for the history: medians over seeds."""
    cost = replace(cost, resync_s=0.0)
    plan = Plan(
        audience=run["clients"], servers=1, outage="death", outage_s=run["down_s"],
        warm_s=warm_s, node_share=0.0, jitter=factor > 0, messages_per_s=0.0,
    )  # fmt: skip
    storms = [
        simulate(
            plan,
            cost,
            Heartbeat(PING_S, TIMEOUT_S),
            seed=seed,
            python=ClientKind.PYTHON_ASYNC,
            noticed_within_s=run["noticed_last_s"] or 0.0,
        )
        for seed in range(SIMULATED_SEEDS)
    ]
    each = [_figures(one) for one in storms]
    figures = {name: statistics.median(one[name] for one in each) for name in each[0]}
    back = np.median([np.sort(one.back_s) for one in storms], axis=0)
    return {"figures": figures, "back_s": [round(float(at), 3) for at in back]}


def _figures(one: Storm) -> dict[str, float]:
    return {
        **{f"back_{share:g}_s": one.back_after(share) for share in SHARES},
        "peak_attempts_per_s": one.peak_attempts_per_s,
        "peak_returns_per_s": one.peak_returns_per_s,
        "failed_attempts": one.failed,
    }


def errors(measured: dict[str, Any], told: dict[str, Any]) -> dict[str, float | None]:
    """(simulated - measured) / measured, for each figure; None where nothing was measured."""
    return {
        name: (told[name] - value) / value if value else None for name, value in measured.items()
    }


# --------------------------------------------------------------------------------------- all of it


def medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each figure; None where one repeat has none."""
    columns = {name: [one[name] for one in found] for name in found[0]}
    return {
        name: None if None in values else statistics.median(values)
        for name, values in columns.items()
    }


def compared(
    mode: str, factor: float, runs: list[dict[str, Any]], spent: dict[str, float]
) -> dict[str, Any]:
    """The repeats of one storm beside their simulations: medians of both, and the median error.

    Each repeat has its own: nobody listened for differing times.
    """
    cost = ServerCost.from_dict(spent)
    for run in runs:
        run["simulated"] = simulated(cost, spent["warm_s"], factor, run)
        run["relative_error"] = errors(run["figures"], run["simulated"]["figures"])
    return {
        "async_mode": mode,
        "randomization_factor": factor,
        "measured": medians([run["figures"] for run in runs]),
        "simulated": medians([run["simulated"]["figures"] for run in runs]),
        "relative_error": medians([run["relative_error"] for run in runs]),
        "runs": runs,
    }


def measure(asked: argparse.Namespace, log: Path) -> dict[str, Any]:
    spent: dict[str, list[dict[str, Any]]] = {}
    storms: list[dict[str, Any]] = []
    for mode in asked.modes.split(","):
        spent[mode] = []
        for number in range(asked.repeats):
            spent[mode].append(costs(mode, asked.clients, log))
            print(mode, "costs", number, json.dumps(spent[mode][-1]), file=sys.stderr)
        for factor in (0.5, 0.0):
            runs = [storm(mode, asked.clients, factor, log) for _ in range(asked.repeats)]
            storms.append(compared(mode, factor, runs, medians(spent[mode])))
            told = {k: storms[-1][k] for k in ("measured", "simulated", "relative_error")}
            print(mode, factor, json.dumps(told), file=sys.stderr)
    return {
        "costs": {mode: medians(found) for mode, found in spent.items()},
        "cost_runs": spent,
        "storms": storms,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--modes", default="threading,gevent,asgi")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--play", help=argparse.SUPPRESS)
    parser.add_argument("--factor", type=float, default=0.5, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        asyncio.run(play(asked.play, asked.clients, asked.factor))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="granite-ws-storm-"))
    found = measure(asked, folder / "server.log")
    record = {
        "command": f"python scripts/measure_storm.py --clients {asked.clients} "
        f"--modes {asked.modes} --repeats {asked.repeats}",
        "made_utc": CLOCK.utc(),
        "machine": host.machine(),
        "versions": {name: version(name) for name in PACKAGES},
        "ping_interval_s": PING_S,
        **found,
    }
    asked.out.write_text(json.dumps(record, indent=1) + "\n")
    drawn = svg_of(lambda: draw_measured(record, WIDE_IN))
    asked.out.with_suffix(".svg").write_text(as_file(drawn) + "\n")
    runs = [run for one in found["storms"] for run in one["runs"]]
    good = all(run["back"] == run["clients"] == run["lost"] for run in runs)
    print(f"{asked.out}: {'everybody came back' if good else 'somebody did not come back'}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())

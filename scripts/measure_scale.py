"""Five hundred clients over two servers, one of which is killed: who comes back, what is lost?

    python scripts/measure_scale.py [--clients 500] [--servers 2] [--workers 1]
        [--modes threading,gevent]

Starts what docs/scale.md describes, on free ports of 127.0.0.1: Redis, servers, queue workers and
a sticky nginx; then two processes of clients, half WebSocket, half polling. Each client asks for
its forecasts within ten seconds. When half of them have been taken on, and most of these still
wait in the queue, one server is killed with SIGKILL. Measured until every client is connected
again and every forecast has arrived. Writes docs/results/scale.json; exit code 0 where all came
back and nothing was lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from granite_ws.edges import cluster, host
from granite_ws.edges.clock import Clock
from granite_ws.edges.crowd_process import Counts, CrowdProcess, together, wait_until
from granite_ws.edges.crowd_tally import MemberView, spread, tally
from granite_ws.edges.nginx import find_nginx
from granite_ws.settings import Settings

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs/results/scale.json"
ARRIVE_S, END_S = 120, 300
OVER_S = 10
PACKAGES = (
    "flask-socketio",
    "python-socketio",
    "python-engineio",
    "gevent",
    "simple-websocket",
    "redis",
    "rq",
    "aiohttp",
)


def usage(member: cluster.Member) -> dict[str, Any]:
    """What a process has used until now."""
    process = psutil.Process(member.pid)
    times = process.cpu_times()
    return {
        "process": member.name,
        "rss_mb": round(process.memory_info().rss / 1e6, 1),
        "threads": process.num_threads(),
        "cpu_s": round(times.user + times.system, 2),
    }


def settings_of(mode: str, clients: int, asks: int) -> Settings:
    """As served by default, but for the libraries' line for each packet."""
    return Settings(
        async_mode=mode,
        engine="smoothing",
        logger=False,
        engineio_logger=False,
        log_level="WARNING",
        queue_limit=2 * clients * asks,
    )


def kill_one(
    there: cluster.Cluster, crowds: list[CrowdProcess], wanted: int
) -> tuple[dict[str, Any], float]:
    """Kills the first server once half of the forecasts have been taken on; (facts, second)."""
    waited = wait_until(crowds, lambda told: told["taken"] >= wanted / 2, seconds=ARRIVE_S)
    before = [usage(member) for member in (*there.servers, *there.workers)]
    counts = together(crowds)
    at_s = Clock().now_ns() / 1e9
    there.servers[0].kill()
    facts = {
        "after_asking_s": waited,
        "counts": counts,
        "taken_and_open": counts["taken"] - counts["ended"],
        "processes_before": before,
    }
    return facts, at_s


def after_the_kill(views: list[MemberView], at_s: float) -> dict[str, Any]:
    """How the clients of the killed server came back, and what became of their forecasts."""
    dropped = [view for view in views if view.drops]
    back = [view.connects[-1] - at_s for view in dropped if view.connected]
    asks = [ask for view in dropped for ask in view.asks if ask.asked_s < at_s]
    waiting = [ask for ask in asks if ask.ended_s is None or ask.ended_s >= at_s]
    late = [ask.ended_s - at_s for ask in waiting if ask.ended_s is not None]
    return {
        "clients_dropped": len(dropped),
        "of_these_polling": sum(view.transport == "polling" for view in dropped),
        "clients_back": len(back),
        "back_after_s": spread(back),
        "their_forecasts_open_at_the_kill": len(waiting),
        "of_these_arrived": len(late),
        "arrived_after_s": spread(late),
    }


def measure(mode: str, asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One mode of the servers, from an empty machine to an empty machine."""
    clients, wanted = asked.clients, asked.clients * asked.asks
    settings = settings_of(mode, clients, asked.asks)
    load = os.getloadavg()[0]
    half = clients // 2
    options = ["--transport", "mixed", "--asks", str(asked.asks), "--over", str(OVER_S)]
    options += ["--limit", str(ARRIVE_S + END_S)]
    with (
        cluster.running(settings, folder, servers=asked.servers, workers=asked.workers) as there,
        CrowdProcess(there.url, folder / "one", "--clients", str(half), *options) as one,
        CrowdProcess(
            there.url,
            folder / "two",
            *("--clients", str(clients - half), "--first", str(half + 1), *options),
        ) as two,
    ):
        crowds = [one, two]
        arrived = wait_until(crowds, lambda told: told["connected"] == clients, seconds=ARRIVE_S)
        for crowd in crowds:
            crowd.ask()
        killed, at_s = kill_one(there, crowds, wanted)
        wait_until(crowds, lambda told: told["connected"] < clients, seconds=30)

        def over(told: Counts) -> bool:
            return told["connected"] == clients and told["ended"] == wanted

        ended = wait_until(crowds, over, seconds=END_S)
        after = [usage(member) for member in (*there.servers[1:], *there.workers)]
        views = one.end() + two.end()
    return {
        "async_mode": mode,
        "load_average_before": round(load, 2),
        "settings": settings.changed(),
        "all_connected_after_s": arrived,
        "killed": killed,
        "after_the_kill": after_the_kill(views, at_s),
        "all_ended_after_s": ended,
        "processes_after": after,
        "clients_saw": tally(views),
    }


def whole(record: dict[str, Any], clients: int) -> bool:
    """Whether everybody is connected and has every forecast exactly once."""
    saw = record["clients_saw"]
    none = not (saw["lost"] or saw["doubled"] or saw["ended_otherwise"])
    return none and saw["connected"] == clients and record["killed"]["taken_and_open"] > 0


def _first_line(*command: str | Path) -> str:
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    return (asked.stdout or asked.stderr).splitlines()[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--asks", type=int, default=2, help="forecasts of each client")
    parser.add_argument("--modes", default="threading,gevent")
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="granite-ws-scale-"))
    runs = [measure(mode, asked, folder / mode) for mode in asked.modes.split(",")]
    record = {
        "command": f"python scripts/measure_scale.py --clients {asked.clients} "
        f"--servers {asked.servers} --workers {asked.workers} --asks {asked.asks} "
        f"--modes {asked.modes}",
        "made_utc": Clock().utc(),
        "machine": host.machine(),
        "versions": {name: version(name) for name in PACKAGES}
        | {
            "nginx": _first_line(find_nginx() or "nginx", "-v"),
            "redis-server": _first_line("redis-server", "--version"),
        },
        "runs": runs,
    }
    asked.out.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record, indent=2))
    good = all(whole(run, asked.clients) for run in runs)
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"what every process wrote is in {folder}", file=sys.stderr)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())

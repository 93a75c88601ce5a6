"""What watching costs: processor time of a server with and without everything that watches it.

    python scripts/measure_watching.py [--repeats 9] [--seconds 20] [--clients 3]

Each repeat starts two servers side by side, which do the same: four points a second for a few
clients that only listen, and a PING to each of them every second. One is watched as in a session
(taps, both heartbeats, the look at the stacks, the event file), the other has none of these. Each
reads its own processor time over the same seconds, so that a busy machine slows both alike. The
runner's watchers, which look from outside, are measured by themselves.

Writes docs/results/watching.json. Exit code 0 where the median cost is below 1 % of a core.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import socketio

from granite_ws.edges import host, server, store
from granite_ws.edges.beat import BeatFile, beat_file
from granite_ws.edges.clock import Clock
from granite_ws.edges.forecast_service import ForecastService
from granite_ws.edges.logs import set_up_logging
from granite_ws.edges.onlooker import Onlooker
from granite_ws.edges.processing import Processing
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.sampler import Sampler
from granite_ws.events import Witness
from granite_ws.serve import load_for
from granite_ws.settings import Settings

RESULT = Path(__file__).parents[1] / "docs/results/watching.json"
BAR_PERCENT = 1.0
# Four messages a second to each client, and no forecast: its cost would drown what is looked for.
SETTINGS = Settings(
    engine="smoothing",
    data="sensor",
    hub_timeout_s=0,
    ping_interval=1,
    point_interval_s=0.25,
    forecast_every=0,
)
WATCHED, BARE = "watched", "bare"
TAPS = ("tap_server", "tap_messages", "tap_disconnect", "tap_requests", "listen_to_libraries")
# The first seconds pay for imports and connections (both servers alike).
SETTLE_S = 3.0


def serve(how: str, events: Path) -> None:
    """The child: a server that answers each line on standard input with its processor time."""
    if how == BARE:
        for name in TAPS:
            setattr(server, name, lambda *_: None)
    logger = set_up_logging(SETTINGS)
    recorder = Recorder(Witness.SERVER, events if how == WATCHED else None, logger=logger)
    series = load_for(SETTINGS)
    service = ForecastService(SETTINGS, recorder, period=series.period)
    processing = Processing(SETTINGS, series, service, recorder)
    made = server.WsgiServer(SETTINGS, processing, recorder)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = made.start(listener)
        monitors = made.watch_stalls() if how == WATCHED else ()
        service.load()
        processing.start(made.spawn, made.emit)
        print(listener.getsockname()[1], flush=True)
        for _ in sys.stdin:
            print(time.process_time(), flush=True)
        processing.stop()
        for monitor in monitors:
            monitor.stop()
        stop()


class Child:
    """One such server, with its clients."""

    def __init__(self, how: str, folder: Path, clients: int) -> None:
        self.events = folder / f"{how}.jsonl"
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", how, "--events", str(self.events)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.port = int(self.process.stdout.readline())
        self.clients = [socketio.Client(reconnection=False) for _ in range(clients)]
        for client in self.clients:
            client.connect(f"http://127.0.0.1:{self.port}", transports=["websocket"])

    def cpu_s(self) -> float:
        """Processor time that it has used so far, seconds."""
        self.process.stdin.write("now\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self) -> None:
        """Ends the clients, then the server."""
        for client in self.clients:
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                client.disconnect()
        self.process.terminate()
        self.process.wait()


def repeat(seconds: float, clients: int) -> dict[str, float]:
    """One repeat: per cent of a core that each server used."""
    with tempfile.TemporaryDirectory() as folder:
        children = {how: Child(how, Path(folder), clients) for how in (WATCHED, BARE)}
        time.sleep(SETTLE_S)
        before, begun = {how: child.cpu_s() for how, child in children.items()}, time.monotonic()
        time.sleep(seconds)
        after, took = {h: child.cpu_s() for h, child in children.items()}, time.monotonic() - begun
        for child in children.values():
            child.end()
        used = {how: 100 * (after[how] - before[how]) / took for how in children}
        events = len(store.read_events(children[WATCHED].events))
    return {**used, "difference": used[WATCHED] - used[BARE], "events": events}


def outside_percent(seconds: float) -> float:
    """Per cent of a core that the runner's own watchers cost while nothing is wrong: three
    processes sampled once a second, and the look at the server's beat ten times a second.
    """
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        recorder = Recorder(Witness.SAMPLER, events)
        # A beat that is never late.
        BeatFile(beat_file(events)).beat(recorder.clock.now_ns() + int(3600e9))
        sleepers = [subprocess.Popen(["sleep", "600"]) for _ in range(3)]
        sampler = Sampler(recorder, {str(n): child.pid for n, child in enumerate(sleepers)})
        onlooker = Onlooker(recorder, events)
        before = time.process_time()
        sampler.start()
        onlooker.start()
        time.sleep(seconds)
        used = time.process_time() - before
        sampler.stop()
        onlooker.stop()
        for child in sleepers:
            child.kill()
            child.wait()
    return 100 * used / seconds


def main() -> int:
    """Measures, prints, stores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--serve", choices=(WATCHED, BARE), help=argparse.SUPPRESS)
    parser.add_argument("--events", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.events)
        return 0
    repeats = []
    for number in range(given.repeats):
        repeats.append(repeat(given.seconds, given.clients))
        print(number + 1, {name: round(value, 3) for name, value in repeats[-1].items()})
    medians = {name: statistics.median(one[name] for one in repeats) for name in repeats[0]}
    record = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["python", "scripts/measure_watching.py", *sys.argv[1:]]),
        "unit": "per cent of one core",
        "seconds": given.seconds,
        "clients": given.clients,
        "settings": SETTINGS.changed(),
        "medians": medians,
        "ratio": medians[WATCHED] / medians[BARE],
        "outside_percent": outside_percent(given.seconds),
        "bar_percent": BAR_PERCENT,
        "repeats": repeats,
    }
    store.write_text(given.out, json.dumps(record, indent=1) + "\n")
    cost = medians["difference"]
    print(
        f"watched {medians[WATCHED]:.2f} %, bare {medians[BARE]:.2f} % of a core: watching costs "
        f"{cost:.2f} % (median of {given.repeats}), and {record['outside_percent']:.2f} % more in "
        "the runner"
    )
    return 0 if cost < BAR_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())

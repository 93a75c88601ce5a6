"""What a session costs beyond its own seconds: fresh interpreters against forked processes.

    python scripts/measure_start.py [--repeats 5] [--seconds 3] [--out docs/results/start.json]

Both ways run the same session, in turns, so that a busy machine slows both alike. Each phase is
read from the session's own events; medians of all repeats. Beside them stands what must not differ
between the two: the forecasts, the heartbeats, the memory (PSS counts what is shared by each
process' share), the threads.

Exit code 0 where a forked session's overhead is at most 1.5 s.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from granite_ws.edges import forking, host
from granite_ws.edges.clock import Clock
from granite_ws.events import Event, EventLog, Kind
from granite_ws.metrics import measure
from granite_ws.report.page import render_report
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings

RESULT = Path(__file__).parents[1] / "docs/results/start.json"
BAR_S = 1.5
FRESH, FORKED = "fresh", "forked"
# A PING and two forecasts each second. Asking the hub for the model is no part of starting: where
# it cannot be reached, it costs each session up to ``hub_timeout_s``.
SETTINGS = Settings(
    ping_interval=1, ping_timeout=2, point_interval_s=0.25, forecast_every=2, hub_timeout_s=0
)
OVERHEAD = "overhead of the session"
CELL = "overhead with judging and the page"


class Watch:
    """Reads the server's shared memory once, late in the session, while it still lives."""

    def __init__(self, folder: Path) -> None:
        self._events = folder / "events.jsonl"
        self.pss_mib: float | None = None

    def __call__(self, share: float, words: str) -> None:
        """The session's progress."""
        if words == "watching" and share > 0.8 and self.pss_mib is None:
            pid = _of_role(_read(self._events).of(Kind.PROCESS_STARTED), "server").data["pid"]
            self.pss_mib = psutil.Process(pid).memory_full_info().pss / 2**20


def main() -> None:
    """Measures, prints a table, and writes all figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    begun = time.monotonic()
    forking.warm()
    if not forking.available():
        raise SystemExit("no warm server here: Linux only, and not with GRANITE_WS_START=fresh")
    warm_s, machine = time.monotonic() - begun, host.machine()
    print(f"warm server: {warm_s:.1f} s, once; load {machine['load_1min']}")
    seen: dict[str, list[dict[str, float | None]]] = {FRESH: [], FORKED: []}
    for _ in range(options.repeats):
        for how, rows in seen.items():
            rows.append(one(how, options.seconds))
    table = {how: _medians(rows) for how, rows in seen.items()}
    print(f"load afterwards {os.getloadavg()[0]:.1f}\n{'median':44}{FRESH:>10}{FORKED:>10}")
    for name in table[FORKED]:
        print(f"{name:44}" + "".join(_shown(table[how].get(name)) for how in (FRESH, FORKED)))
    content = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": machine,
        "load_1min_afterwards": round(os.getloadavg()[0], 2),
        "command": f"python scripts/measure_start.py --repeats {options.repeats} "
        f"--seconds {options.seconds:g}",
        "warm_server_s": warm_s,
        "median": table,
        "all": seen,
    }
    options.out.write_text(json.dumps(_rounded(content), indent=1) + "\n")
    raise SystemExit(0 if table[FORKED][CELL] <= BAR_S else 1)


def one(how: str, seconds: float) -> dict[str, float | None]:
    """Runs one session this way; seconds of each phase, then what is compared."""
    os.environ[forking.VARIABLE] = how
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(Path(folder) / "s")
        before = time.monotonic()
        session = run_session(
            replace(SETTINGS, duration_s=seconds), out=Path(folder) / "s", progress=watch
        )
        recorded = time.monotonic()
        verdict = judge(session)
        judged = time.monotonic()
        render_report(session, verdict)
        drawn = time.monotonic()
    found = _phases(session, before, recorded)
    started = {e.data["role"]: e.data["start"] for e in session.log.of(Kind.PROCESS_STARTED)}
    if set(started.values()) != {how}:
        raise SystemExit(f"not every process is {how}: {started}")
    found["judging"], found["page"] = judged - recorded, drawn - judged
    found[OVERHEAD] = recorded - before - seconds
    found[CELL] = drawn - before - seconds
    samples = [e for e in session.log.of(Kind.SAMPLE) if e.data["role"] == "server"]
    found["server threads"] = samples[-1].data["threads"] if samples else None
    found["server RSS, MiB"] = samples[-1].data["rss_bytes"] / 2**20 if samples else None
    found["server PSS, MiB"] = watch.pss_mib
    found["heartbeat, mean late, ms"] = _mean_late_ms(session.log)
    found["drops"] = float(len(verdict.drops))
    return {**found, **measure(verdict)}


def _phases(session: Session, before: float, recorded: float) -> dict[str, float | None]:
    """Seconds from each turning point to the next; together they are the session's time."""
    log = session.log
    ended = log.of(Kind.PROCESS_ENDED)
    over_s = session.settings.duration_s
    begun, probe = log.of(Kind.PROCESS_STARTED), _of_role(log.of(Kind.PROCESS_STARTED), "probe")
    connected = log.of(Kind.CONNECTED)[0]
    points = {
        "until the server is started": before,
        "server listens": _s(_of_role(begun, "server")),
        "model loaded": _s(log.of(Kind.LISTENING)[0]),
        "probe started": _s(log.of(Kind.MODEL_READY)[0]),
        "client connected": _s(probe),
        "watched": _s(connected),
        "client leaves (its process has ended)": _s(connected) + over_s,
        "server ends": _s(_of_role(ended, "probe")),
        "watchers end, log read": _s(_of_role(ended, "server")),
    }
    marks = [*points.values(), recorded]
    return {name: marks[i + 1] - marks[i] for i, name in enumerate(points)}


def _of_role(events: Iterable[Event], role: str) -> Event:
    return next(event for event in events if event.data["role"] == role)


def _s(event: Event) -> float:
    return event.at_ns / 1e9


def _read(path: Path) -> EventLog:
    with path.open(encoding="utf-8") as lines:
        return EventLog.from_lines(lines)


def _mean_late_ms(log: EventLog) -> float | None:
    late = [e.data["mean_late_s"] for e in log.of(Kind.MONITOR_ENDED) if e.witness == "server"]
    return 1000 * statistics.mean(late) if late else None


def _medians(rows: list[dict[str, float | None]]) -> dict[str, float]:
    found = {}
    for name in rows[0]:
        values = [value for row in rows if (value := row[name]) is not None]
        if values:
            found[name] = statistics.median(values)
    return found


def _rounded(value: Any) -> Any:
    """To a tenth of a millisecond, which is more than any of these figures is worth."""
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


def _shown(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:.3f}':>10}"


if __name__ == "__main__":
    main()

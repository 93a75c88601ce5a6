"""Logs of a server that ends at second 5, with one client; what each test varies is given."""

from __future__ import annotations

from typing import Any

from granite_ws.events import Event, Kind, Witness
from tests.log_builder import connected, event, lost, ping, process

END_S = 5.0
LOSS_S = 5.01


def ended(exit_code: int, *, at_s: float = END_S + 0.05, **facts: Any) -> Event:
    """The runner saw the server end without being asked."""
    facts = {"exit_code": exit_code, "asked": False, "left_behind": [], **facts}
    return process(at_s, Kind.PROCESS_ENDED, **facts)


def sampled(*megabytes: float, last_s: float = END_S - 0.5, free: float = 8e9) -> list[Event]:
    """Looks at the server's memory, one a second, the last at ``last_s``."""
    first_s = last_s - len(megabytes) + 1
    facts = {"role": "server", "pid": 4242, "host_free_bytes": int(free)}
    return [
        event(
            first_s + number,
            Kind.SAMPLE,
            witness=Witness.SAMPLER,
            rss_bytes=int(size * 1e6),
            **facts,
        )
        for number, size in enumerate(megabytes)
    ]


def watched(*, loss: Event | None = None) -> list[Event]:
    """A client that connected, had its heartbeat, and was lost at the server's end."""
    started = process(0, Kind.PROCESS_STARTED)
    return [started, connected(1), *ping(2), *ping(4), loss or lost(LOSS_S)]


def terminal(seconds: float, line: str, **facts: Any) -> Event:
    """A line that the runner read from the server's terminal."""
    facts = {"logger": "gunicorn.error", "level": "INFO", "exception": "", "line": line, **facts}
    return event(seconds, Kind.SERVER_LOG, witness=Witness.RUNNER, **facts)

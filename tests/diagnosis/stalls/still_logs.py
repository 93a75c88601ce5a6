"""Logs of a server that stands still from 3.5 s on, and of a client that does not bear it.

JavaScript  P....P....P.........X            last PING at 3 s, ping timeout at 6 s
server      P....P....P..##########          a stall of 4 s, of one kind or another
"""

from __future__ import annotations

from typing import Any

from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import Timeline, read_timeline
from tests.log_builder import at, connected, event, log, ping, server_lost

BEGAN_S, LENGTH_S, GAVE_UP_S = 3.5, 4.0, 6.01
NUMBERS = {"ping_interval_s": 1.0, "ping_timeout_s": 2.0, "max_payload_bytes": 10_000_000}
HOLDER = ["app/model.py:12 predict", "app/main.py:40 loop"]
RESTING = ["python3.11/threading.py:331 wait", "python3.11/queue.py:180 get"]
ENCODER = ["json/encoder.py:258 iterencode", "json/__init__.py:238 dumps", "app/main.py:7 send"]
LOOP = ["app/views.py:5 handle", "asyncio/events.py:80 _run", "asyncio/base_events.py:1922 _run"]


def monitors(scheduler: str = "threading") -> list[Event]:
    """Both heartbeats of the server begin."""
    return [
        event(0.1, Kind.MONITOR_STARTED, monitor="thread", beat_s=0.05),
        event(0.1, Kind.MONITOR_STARTED, monitor="loop", beat_s=0.05, scheduler=scheduler),
    ]


def stall(
    monitor: str = "thread", began: float = BEGAN_S, length: float = LENGTH_S, **usage: float
) -> Event:
    """One late heartbeat with what the process used meanwhile."""
    measured = {"cpu_s": 0.05, "waited_s": 0.01, "collected_s": 0.0, **usage}
    return event(
        began + length,
        Kind.STALL,
        monitor=monitor,
        seconds=length,
        began_ns=at(began),
        **measured,
    )


def everything(**usage: float) -> list[Event]:
    """Thread and loop stand still alike."""
    return [stall("thread", **usage), stall("loop", **usage)]


def look(
    *threads: list[str],
    why: str = "all stood still",
    seconds: float = BEGAN_S + LENGTH_S + 0.01,
    owner: int | None = None,
) -> Event:
    """A look at the stacks, one list of frames a thread.

    owner: the number of the thread that has the interpreter lock, where an onlooker looked (-1:
    none had it).
    """
    shown: list[dict[str, Any]] = [
        {"thread": f"t{number}", "frames": list(f)} for number, f in enumerate(threads)
    ]
    if owner is not None:
        shown = [{**t, "owns_gil": number == owner} for number, t in enumerate(shown)]
    return event(seconds, Kind.STACK, why=why, threads=shown)


def sample(seconds: float, state: str = "sleeping", cpu_percent: float = 2.0) -> Event:
    """What the sampler saw of the server's process."""
    figures = {"role": "server", "pid": 1, "state": state, "cpu_percent": cpu_percent}
    memory = {"rss_bytes": 200_000_000, "host_free_bytes": 8_000_000_000}
    return event(seconds, Kind.SAMPLE, witness=Witness.SAMPLER, **figures, **memory)


def emitted(size: int, seconds: float = BEGAN_S + LENGTH_S) -> Event:
    """A message whose encoding was done at that second."""
    return event(seconds, Kind.MESSAGE_EMITTED, event="history", bytes=size, thread="t0")


def gave_up(seconds: float = GAVE_UP_S, reason: str = "ping timeout", **data: Any) -> Event:
    """The JavaScript client's word on its loss."""
    facts = {"client": 1, "own": False, "reason": reason, "last_log": None, **data}
    return event(seconds, Kind.DISCONNECTED, sid="A", witness=Witness.PROBE, **facts)


def client(kind: str = "node", **numbers: float) -> list[Event]:
    """One connection with three heartbeat rounds, the last at 3 s."""
    opened = event(0.9, Kind.HANDSHAKE, sid="A", **{**NUMBERS, **numbers})
    rounds = [e for second in (1, 2, 3) for e in ping(second)]
    return [opened, connected(0.95, client_kind=kind), *rounds]


def still(*parts: Event | list[Event], scheduler: str = "threading") -> EventLog:
    """A session of one JavaScript client that is lost at 6 s, and these events."""
    ends = [gave_up(), server_lost(BEGAN_S + LENGTH_S + 0.05)]
    return log(monitors(scheduler), client(), ends, *parts)


def kinds_of_standstill() -> dict[str, EventLog]:
    """One log for each cause that stands still, by its name."""
    samples = [sample(4), sample(5), sample(6)]
    busy = [["app/features.py:9 compute"] for _ in range(30)]
    only_loop = [stall("loop"), look(HOLDER, RESTING, why="the loop stood still", seconds=4.1)]
    loop_look = look(LOOP, RESTING, why="the loop stood still", seconds=4.1)
    return {
        "gil_held_native": still(everything(), samples, look(HOLDER, RESTING)),
        "server_suspended": still(everything(), [sample(s, "stopped", 0) for s in (4, 5, 6)]),
        "cpu_starvation": still(
            everything(waited_s=3.9), [sample(s, "running", 0) for s in (4, 5, 6)]
        ),
        "gc_pause": still(everything(cpu_s=3.9, collected_s=3.8), samples, look(HOLDER)),
        "gil_contention": still(everything(cpu_s=4.0), samples, look(*busy, RESTING)),
        "json_stall": still(
            everything(cpu_s=3.9), samples, look(ENCODER, RESTING), emitted(90_000_000)
        ),
        "asyncio_loop_blocked": still(stall("loop"), loop_look, scheduler="asgi"),
        "green_hub_blocked": still(only_loop, scheduler="gevent"),
        "pyclient_write_idle": write_idle(),
    }


def write_idle(*parts: Event | list[Event]) -> EventLog:
    """pi = pt = 7: a stall of 6.5 s from 6.3 s after the last PONG, and no look at it."""
    line = "packet queue is empty, aborting"
    opened = event(0.9, Kind.HANDSHAKE, sid="A", ping_interval_s=7.0, ping_timeout_s=7.0)
    told = event(15.9, Kind.CLIENT_LOG, sid="A", witness=Witness.PROBE, line=line)
    return log(
        monitors(),
        [opened, connected(0.95), *ping(3)],
        [stall("thread", 9.3, 6.5), stall("loop", 9.3, 6.5)],
        [told, gave_up(15.9, "transport error", last_log=line)],
        server_lost(20, reason="ping timeout"),
        *parts,
    )


def timeline_of(kind: str) -> Timeline:
    """The timeline of one of these logs."""
    return read_timeline(kinds_of_standstill()[kind])

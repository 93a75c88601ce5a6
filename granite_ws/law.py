"""The drop law on trial: one stall at many phases, what it predicts, and what happens."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from granite_ws.droplaw import Law, Observation, points_of, read_observations
from granite_ws.faults import LAB
from granite_ws.run import run_session
from granite_ws.settings import Settings

# After the stall every client that will give up has done so within this time (seconds).
_SETTLE_S = 2.0


def plan(
    stalls: Iterable[float], *, phases: int, ping_interval: int, ping_timeout: float, kinds: str
) -> tuple[Settings, ...]:
    """Settings of one session for each stall and phase; the phases divide the ping interval
    evenly, so that their share of drops estimates a uniform phase's with the least noise.
    """
    planned = []
    for stall in stalls:
        for number in range(phases):
            phase = (number + 0.5) / phases * ping_interval
            own = {
                **LAB,
                "ping_interval": ping_interval,
                "ping_timeout": ping_timeout,
                "client_kinds": kinds,
                # No feed: a message would restart the Python client's clock.
                "point_interval_s": 3600,
                "forecast_every": 0,
                "fault": "gil_held_native",
                "fault_at_s": phase,
                "fault_seconds": stall,
                # The next PING may be a whole interval away, and the fault waits for it.
                "duration_s": 2 * ping_interval + phase + stall + _SETTLE_S,
            }
            planned.append(Settings.from_mapping(own, where="law"))
    return tuple(planned)


def try_law(
    planned: Iterable[Settings],
    *,
    folder: Path,
    at_once: int,
    progress: Callable[[], None] = lambda: None,
) -> Law:
    """Runs the sessions, ``at_once`` of them side by side, and reads what became of each client.

    Raises as ``run_session``. The sessions' folders are removed once they are read.
    """
    observed: list[Observation] = []
    sessions = 0
    with ThreadPoolExecutor(at_once) as pool:
        waiting = [
            pool.submit(_observe, settings, folder / f"law-{number}")
            for number, settings in enumerate(planned)
        ]
        for future in as_completed(waiting):
            observed += future.result()
            sessions += 1
            progress()
    return Law(sessions, tuple(observed), points_of(observed, planned_heartbeat(planned)))


def planned_heartbeat(planned: Iterable[Settings]) -> tuple[int, float]:
    """The one pair of ping interval and ping timeout (seconds) of all these sessions."""
    pairs = {(settings.ping_interval, settings.ping_timeout) for settings in planned}
    if len(pairs) != 1:
        raise ValueError(f"one heartbeat is tried at a time, not {sorted(pairs)}")
    return pairs.pop()


def _observe(settings: Settings, folder: Path) -> list[Observation]:
    session = run_session(settings, out=folder)
    shutil.rmtree(folder, ignore_errors=True)
    return read_observations(session.log, settings.fault_seconds)

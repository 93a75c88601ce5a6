"""The drop law on trial: one stall at many phases, what it predicts, and what happens."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from granite_ws.droplaw import Law, Observation, points_of, read_observations
from granite_ws.errors import SessionFailed
from granite_ws.faults import LAB
from granite_ws.run import Progress, run_session
from granite_ws.settings import Settings
from granite_ws.side_by_side import run_all

# After the stall every client that will give up has done so within this time (seconds): its
# socket is read as soon as the server goes on.
_SETTLE_S = 3.0


def even_phases(count: int, ping_interval: int) -> tuple[float, ...]:
    """Seconds after a PING that divide the ping interval evenly, so that their share of drops
    estimates a uniform phase's with the least noise.
    """
    return tuple((number + 0.5) / count * ping_interval for number in range(count))


def plan(
    stalls: Iterable[float],
    *,
    phases_s: Sequence[float],
    ping_interval: int,
    ping_timeout: float,
    kinds: str,
) -> tuple[Settings, ...]:
    """Settings of one session for each stall, each phase, and each kind of client as the one
    whose PING times the stall; all kinds watch every session. All times in seconds.
    """
    names = kinds.split(",")
    leaders = [",".join(names[place:] + names[:place]) for place in range(len(names))]
    heartbeat = {"ping_interval": ping_interval, "ping_timeout": ping_timeout}
    return tuple(
        _settings(stall, phase, {**heartbeat, "client_kinds": ordered})
        for stall in stalls
        for phase in phases_s
        for ordered in leaders
    )


def _settings(stall: float, phase: float, given: dict[str, int | float | str]) -> Settings:
    own = {
        **LAB,
        **given,
        # No feed: a message would restart the Python client's clock.
        "point_interval_s": 3600,
        "forecast_every": 0,
        "fault": "gil_held_native",
        "fault_at_s": phase,
        "fault_seconds": stall,
        # When all clients are there, the next PING may be a whole interval away.
        "duration_s": float(given["ping_interval"]) + phase + stall + _SETTLE_S,
    }
    return Settings.from_mapping(own, where="law")


def try_law(
    planned: Iterable[Settings],
    *,
    at_once: int,
    keep: Path | None = None,
    progress: Progress = lambda _share, _words: None,
) -> Law:
    """Runs the sessions, ``at_once`` of them side by side, and reads what became of each client.

    keep:     a folder for the sessions in which the law, told the phase, was wrong; all others
              are removed once they are read.
    progress: as for ``run_session``.

    A session that does not come up is void. Raises BadInput as ``run_session`` does.
    """
    settings = tuple(planned)
    heartbeat = planned_heartbeat(settings)
    observed: list[Observation] = []
    void = 0
    with tempfile.TemporaryDirectory(prefix="granite-ws-law-") as temporary:
        folder = keep or Path(temporary)
        plans = [(one, folder / f"law-{number}") for number, one in enumerate(settings)]
        seen = run_all(lambda one: _observe(*one), plans, at_once=at_once)
        for done, (_, found) in enumerate(seen, start=1):
            void += found is None
            observed += found or []
            last = done == len(settings)
            progress(done / len(settings), "recorded" if last else f"{done} sessions")
    observed.sort(key=lambda one: (one.kind, one.asked_s, not one.led, one.phase_s))
    points = points_of(observed, heartbeat)
    return Law(len(settings) - void, tuple(observed), points, void=void)


def planned_heartbeat(planned: Iterable[Settings]) -> tuple[int, float]:
    """The one pair of ping interval and ping timeout (seconds) of all these sessions."""
    pairs = {(settings.ping_interval, settings.ping_timeout) for settings in planned}
    if len(pairs) != 1:
        raise ValueError(f"one heartbeat is tried at a time, not {sorted(pairs)}")
    return pairs.pop()


def _observe(settings: Settings, folder: Path) -> list[Observation] | None:
    """None for a session that did not come up."""
    try:
        session = run_session(settings, out=folder)
    except SessionFailed:
        return None
    observed = read_observations(session.log, settings.fault_seconds)
    if not any(one.is_wrong for one in observed):
        shutil.rmtree(folder, ignore_errors=True)
    return observed

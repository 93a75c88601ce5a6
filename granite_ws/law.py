"""The drop law on trial: one stall at many phases, what it predicts, and what happens."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from granite_ws.events import Kind
from granite_ws.exposure import advertised, exposures
from granite_ws.faults import LAB
from granite_ws.heartbeat import Heartbeat, drop_probability, outcome
from granite_ws.run import run_session
from granite_ws.session import Session
from granite_ws.settings import Settings
from granite_ws.timeline import read_timeline

# After the stall every client that will give up has done so within this time (seconds).
_SETTLE_S = 2.0
# What is recorded as the stall that was asked for, and not as noise of the machine (share).
_MEANT = 0.5


@dataclass(frozen=True)
class Observation:
    """One client that met one stall.

    asked_s:   the stall that was asked for.  stall_s: as the server's heartbeat measured it.
    phase_s:   since the packet from which this client counts, when the stall began.
    predicted: whether the heartbeat machine says that it gives up, from the measured figures.
    """

    kind: str
    asked_s: float
    stall_s: float
    phase_s: float
    predicted: bool
    dropped: bool


@dataclass(frozen=True)
class Point:
    """One stall length for one kind of client: the law's probability and the observed share."""

    kind: str
    stall_s: float
    predicted: float
    observed: float
    count: int


@dataclass(frozen=True)
class Law:
    """What the trial says. Errors are shares from 0 to 1."""

    sessions: int
    observations: tuple[Observation, ...]
    points: tuple[Point, ...]

    @property
    def mean_absolute_error(self) -> float | None:
        """Of the law's probability against the observed share, over all points."""
        errors = [abs(point.predicted - point.observed) for point in self.points]
        return sum(errors) / len(errors) if errors else None

    @property
    def wrong_verdicts(self) -> int:
        """Observations in which the machine, told the phase, said the opposite."""
        return sum(one.predicted != one.dropped for one in self.observations)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sessions": self.sessions,
            "mean_absolute_error": self.mean_absolute_error,
            "observations_count": len(self.observations),
            "wrong_verdicts": self.wrong_verdicts,
            "points": [asdict(point) for point in self.points],
            "observations": [asdict(one) for one in self.observations],
        }


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
    return read_observations(session)


def read_observations(session: Session) -> list[Observation]:
    """What each client met and what became of it; one that met no such stall is left out."""
    timeline = read_timeline(session.log.blind())
    asked = session.settings.fault_seconds
    begun = min((e.at_ns for e in session.log.of(Kind.FAULT_BEGUN)), default=None)
    if begun is None:
        return []
    met = exposures(timeline)
    observed = []
    for connection in timeline.connections:
        heartbeat = advertised(timeline, connection)
        hits = [one for one in met.get(connection.sid, ()) if one.stall_s > _MEANT * asked]
        if heartbeat is None or not hits or connection.connected_ns > begun:
            continue
        hit = hits[0]
        limit = outcome(
            hit.kind, heartbeat, hit.stall_s, hit.phase_s, sent_phase_s=hit.sent_phase_s
        )
        observed.append(
            Observation(
                kind=str(hit.kind),
                asked_s=asked,
                stall_s=hit.stall_s,
                phase_s=hit.phase_s,
                predicted=limit is not None,
                dropped=connection.dropped,
            )
        )
    return observed


def points_of(observed: Iterable[Observation], heartbeat: tuple[int, float]) -> tuple[Point, ...]:
    """For each kind and each asked stall: the law at the mean measured stall, and the share."""
    groups: dict[tuple[str, float], list[Observation]] = defaultdict(list)
    for one in observed:
        groups[one.kind, one.asked_s].append(one)
    points = []
    for (kind, _), group in sorted(groups.items()):
        stall = sum(one.stall_s for one in group) / len(group)
        points.append(
            Point(
                kind=kind,
                stall_s=stall,
                predicted=drop_probability(kind, Heartbeat(*heartbeat), stall),
                observed=sum(one.dropped for one in group) / len(group),
                count=len(group),
            )
        )
    return tuple(points)

"""The drop law against what was seen: predictions of the heartbeat, told the phase or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from granite_ws.events import EventLog, Kind
from granite_ws.exposure import advertised, exposures
from granite_ws.heartbeat import Heartbeat, drop_probability, outcome
from granite_ws.timeline import read_timeline

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


def read_observations(log: EventLog, asked: float) -> list[Observation]:
    """What each client met and what became of it, where a stall of ``asked`` seconds was injected;
    one that met no such stall is left out.
    """
    timeline = read_timeline(log.blind())
    begun = min((event.at_ns for event in log.of(Kind.FAULT_BEGUN)), default=None)
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

"""What a trial of the drop law saw, against what the heartbeat says, told the phase or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from granite_ws.events import EventLog, Kind
from granite_ws.exposure import Standstill, advertised, exposure_to
from granite_ws.heartbeat import Heartbeat, drop_probability, still_bears
from granite_ws.timeline import Connection, Timeline, read_timeline


@dataclass(frozen=True)
class Observation:
    """One client that met one stall.

    asked_s:   the stall that was asked for.
    held_s:    how long it was, as the thread that held the interpreter lock measured it.
    phase_s:   since the packet from which this client counts, when the stall began.
    led:       whether the stall was timed by a PING to this very client; the phase of any other
               client of the session is left to chance.
    excess_s:  how much longer the stall was than the client bears at this phase; negative: it
               bears more.
    limit:     the rule by which a longer stall ends it.
    dropped:   what became of it.
    """

    kind: str
    asked_s: float
    held_s: float
    phase_s: float
    led: bool
    excess_s: float
    limit: str
    dropped: bool

    @property
    def predicted(self) -> bool:
        """Whether the heartbeat machine, told the phase, says that the client gives up."""
        return self.excess_s > 0

    @property
    def is_wrong(self) -> bool:
        """The machine said the opposite."""
        return self.predicted != self.dropped


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
    """What the trial says. Errors are shares from 0 to 1.

    sessions: those that were run to their end.  void: those that did not come up.
    """

    sessions: int
    observations: tuple[Observation, ...]
    points: tuple[Point, ...]
    void: int = 0

    @property
    def mean_absolute_error(self) -> float | None:
        """Of the law's probability against the observed share, over all points."""
        errors = [abs(point.predicted - point.observed) for point in self.points]
        return sum(errors) / len(errors) if errors else None

    @property
    def wrong(self) -> tuple[Observation, ...]:
        """Observations in which the machine, told the phase, said the opposite."""
        return tuple(one for one in self.observations if one.is_wrong)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sessions": self.sessions,
            "void": self.void,
            "mean_absolute_error": self.mean_absolute_error,
            "observations_count": len(self.observations),
            "wrong_verdicts": len(self.wrong),
            "largest_excess_of_a_wrong_verdict_s": max(
                (abs(one.excess_s) for one in self.wrong), default=None
            ),
            "points": [asdict(point) for point in self.points],
            "observations": [
                {**asdict(one), "predicted": one.predicted} for one in self.observations
            ],
        }


def read_observations(log: EventLog, asked: float) -> list[Observation]:
    """What each client met and what became of it, where a stall of ``asked`` seconds was injected;
    one that was not connected when the stall began is left out.
    """
    begun = [event.at_ns for event in log.of(Kind.FAULT_BEGUN)]
    ended = [event.at_ns for event in log.of(Kind.FAULT_EFFECT)]
    if not begun or not ended:
        return []
    stall = Standstill(min(begun), max(ended))
    timeline = read_timeline(log.blind())
    return [
        _observation(timeline, connection, stall, asked)
        for connection in timeline.connections
        if connection.connected_ns < stall.began_ns < (connection.lost_ns or stall.ended_ns)
    ]


def _observation(
    timeline: Timeline, connection: Connection, stall: Standstill, asked: float
) -> Observation:
    met = exposure_to(timeline, connection, stall)
    heartbeat = advertised(timeline, connection)
    if heartbeat is None:
        raise ValueError(f"nobody wrote down what {connection.sid} was promised")
    borne, limit = still_bears(met.kind, heartbeat, met.phase_s, sent_phase_s=met.sent_phase_s)
    return Observation(
        kind=str(met.kind),
        asked_s=asked,
        held_s=met.stall_s,
        phase_s=met.phase_s,
        led=connection.client == 1,
        excess_s=met.stall_s - borne,
        limit=str(limit),
        dropped=connection.dropped,
    )


def points_of(observed: Iterable[Observation], heartbeat: tuple[int, float]) -> tuple[Point, ...]:
    """For each kind and each asked stall: the law at the mean real length, and the share dropped.

    Only clients whose own PING timed the stall count: their phases are spread evenly.
    """
    groups: dict[tuple[str, float], list[Observation]] = defaultdict(list)
    for one in observed:
        if one.led:
            groups[one.kind, one.asked_s].append(one)
    points = []
    for (kind, _), group in sorted(groups.items()):
        stall = sum(one.held_s for one in group) / len(group)
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

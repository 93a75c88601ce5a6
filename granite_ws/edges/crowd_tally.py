"""What each client of a crowd saw of its connections and forecasts, and sums over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from granite_ws.jobs import State


@dataclass
class Ask:
    """One forecast that a client wanted. Times are seconds of the host's monotonic clock.

    job_ids:  every job that it became: more than one where the acknowledgement did not come and
              it was asked again.
    arrivals: how often the end of each of these jobs reached the client as an event.
    refusals: how often the server answered that it takes no job on now.
    follows:  how often the client asked for the job again after a reconnect.
    """

    request_id: str
    asked_s: float
    asks: int = 0
    refusals: int = 0
    follows: int = 0
    job_ids: list[str] = field(default_factory=list)
    taken_s: float | None = None
    ended_s: float | None = None
    state: str = ""
    code: str = ""
    arrivals: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether its end is still awaited."""
        return self.ended_s is None

    def taken(self, job_id: str, at_s: float) -> None:
        """The server has taken it on as this job."""
        if job_id not in self.job_ids:
            self.job_ids.append(job_id)
        self.taken_s = self.taken_s or at_s

    def told(self, job: Mapping[str, Any], at_s: float, *, as_event: bool) -> None:
        """Its job has ended, said an event, or an acknowledgement."""
        self.taken(job["job_id"], at_s)
        self.arrivals[job["job_id"]] = self.arrivals.get(job["job_id"], 0) + as_event
        if self.open:
            self.ended_s, self.state, self.code = at_s, job["state"], job["code"]


@dataclass
class MemberView:
    """What one client saw. drops: (second, reason)."""

    number: int
    transport: str
    connects: list[float] = field(default_factory=list)
    drops: list[tuple[float, str]] = field(default_factory=list)
    failed_attempts: int = 0
    asks: list[Ask] = field(default_factory=list)

    @property
    def connected(self) -> bool:
        """Whether it is connected now."""
        return len(self.connects) > len(self.drops)

    def returns(self) -> list[float]:
        """Seconds from each drop to the connection after it."""
        pairs = zip((at for at, _ in self.drops), self.connects[1:], strict=False)
        return [back - gone for gone, back in pairs]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> MemberView:
        """The inverse of ``to_dict``."""
        asks = [Ask(**ask) for ask in found["asks"]]
        drops = [(at, reason) for at, reason in found["drops"]]
        return cls(**{**found, "asks": asks, "drops": drops})


def tally(views: Iterable[MemberView]) -> dict[str, Any]:
    """Sums over all clients; each ask is counted from its client's own view.

    lost:    asked for, and its end never reached the client.
    doubled: ends of one and the same job that reached the client more than once.
    again:   asks that became more than one job, since an acknowledgement was lost.
    """
    views = list(views)
    asks = [ask for view in views for ask in view.asks]
    ended = [ask for ask in asks if not ask.open]
    return {
        "clients": len(views),
        "connected": sum(view.connected for view in views),
        "connects": sum(len(view.connects) for view in views),
        "drops": sum(len(view.drops) for view in views),
        "drop_reasons": dict(Counter(reason for view in views for _, reason in view.drops)),
        "failed_attempts": sum(view.failed_attempts for view in views),
        "return_s": spread([back for view in views for back in view.returns()]),
        "asked": len(asks),
        "answered": sum(ask.state == State.DONE.value for ask in ended),
        "ended_otherwise": dict(
            Counter(ask.code for ask in ended if ask.state != State.DONE.value)
        ),
        "lost": len(asks) - len(ended),
        "doubled": sum(n - 1 for ask in asks for n in ask.arrivals.values() if n > 1),
        "again": sum(len(ask.job_ids) > 1 for ask in asks),
        "refusals": sum(ask.refusals for ask in asks),
        "follows": sum(ask.follows for ask in asks),
        "latency_s": spread([(ask.ended_s or 0) - ask.asked_s for ask in ended]),
    }


def spread(seconds: list[float]) -> dict[str, float | None]:
    """Median, 99th percentile and maximum; None where there is nothing to measure."""
    if not seconds:
        return {"p50": None, "p99": None, "max": None}
    p50, p99 = np.percentile(seconds, [50, 99])
    figures = {"p50": float(p50), "p99": float(p99), "max": max(seconds)}
    return {name: round(value, 3) for name, value in figures.items()}

"""The jobs of this server that have not ended yet."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Job


def new_id() -> str:
    """A job's id: 32 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(16)


def room(job_id: str) -> str:
    """The Socket.IO room of those who are told how this job ends."""
    return f"job:{job_id}"


@dataclass(eq=False)
class Ticket:
    """One open job.

    asked_ns: when it was asked for, on the monotonic clock.
    leads:    its forecast is made for it; otherwise it shares another one's.
    expired:  its time is over.
    """

    job: Job
    request: ForecastRequest
    asked_ns: int
    leads: bool = False
    expired: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Lock = field(default_factory=threading.Lock)

    def close(self) -> bool:
        """True for the first who ends it, and for nobody after."""
        return self._closing.acquire(blocking=False)


class Tickets:
    """By job id, for several threads."""

    def __init__(self) -> None:
        self._open: dict[str, Ticket] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, ticket: Ticket) -> None:
        """From now on it is open."""
        with self._lock:
            self._open[ticket.job.job_id] = ticket

    def get(self, job_id: str) -> Ticket | None:
        """The open job of this id."""
        with self._lock:
            return self._open.get(job_id)

    def drop(self, job_id: str) -> None:
        """It has ended."""
        with self._lock:
            self._open.pop(job_id, None)

    def all(self) -> list[Ticket]:
        """Those that are open now."""
        with self._lock:
            return list(self._open.values())

"""What one server process spends on its clients, as measured by ``scripts/measure_storm.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class ServerCost:
    """Seconds of one core, and megabytes (1e6 bytes). A server process uses one core at most.

    open_s:      to accept a connection and open Engine.IO on it.
    join_s:      to take the opened connection into the namespace, with the connect handler.
    resync_s:    to hand out what a client that comes back has missed: ``GET /api/history``.
    heartbeat_s: one PING and its PONG.
    message_s:   one message to one client.
    client_mb:   memory for one connected client.  base_mb: of a server without clients.
    backlog:     connections that the kernel keeps for the server until it takes them.
    """

    open_s: float
    join_s: float
    resync_s: float
    heartbeat_s: float
    message_s: float
    client_mb: float
    base_mb: float
    backlog: float

    @classmethod
    def from_dict(cls, found: Mapping[str, float]) -> ServerCost:
        """From a measurement's record; what else it holds is left alone."""
        return cls(**{entry.name: float(found[entry.name]) for entry in fields(cls)})

    def to_dict(self) -> dict[str, float]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @property
    def handshakes_per_s(self) -> float:
        """How many clients a core takes on in a second when it does nothing else."""
        return 1 / (self.open_s + self.join_s)

    def quiet_share(self, clients: float, ping_interval_s: float, messages_per_s: float) -> float:
        """The share of one core that this many connected clients use, heartbeat and messages."""
        rounds = 1 / max(ping_interval_s, 0.1)
        return clients * (rounds * self.heartbeat_s + messages_per_s * self.message_s)

"""An event log read as what happened: connections, pings, predictions, emits, stalls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.feed import SECOND, Emit, Prediction, read_emits, read_predictions

__all__ = [
    "SECOND",
    "Connection",
    "Emit",
    "Ping",
    "Prediction",
    "Stall",
    "Timeline",
    "read_timeline",
]


@dataclass(frozen=True)
class Stall:
    """A heartbeat that came late. ``monitor`` is ``thread`` or ``loop``.

    cpu_s:       processor time that the process used meanwhile; None where nobody measured it.
    waited_s:    time that the beating thread was ready and had no core.
    collected_s: time in Python's garbage collector.
    client_kind: whose heartbeat it was; empty for the server's.
    """

    monitor: str
    began_ns: int
    seconds: float
    event: Event | None = None
    cpu_s: float | None = None
    waited_s: float = 0.0
    collected_s: float = 0.0
    client_kind: str = ""

    @property
    def ended_ns(self) -> int:
        """When the heartbeat came after all."""
        return self.began_ns + round(self.seconds * SECOND)


@dataclass(frozen=True)
class Ping:
    """One heartbeat round; a stage that nobody saw is None."""

    sid: str
    queued_ns: int | None = None
    written_ns: int | None = None
    received_ns: int | None = None
    pong_sent_ns: int | None = None
    pong_received_ns: int | None = None

    @property
    def round_trip_s(self) -> float | None:
        """From queued on the server to the PONG processed there; None where it never came."""
        if self.queued_ns is None or self.pong_received_ns is None:
            return None
        return (self.pong_received_ns - self.queued_ns) / SECOND


_SERVER_GAVE_UP = ("ping timeout", "server disconnect")


@dataclass(frozen=True)
class Connection:
    """One connection of one client, as both sides saw it. ``own`` is a closing on purpose.

    client_gone_ns: when the client's process ended although nobody had asked it to.
    """

    sid: str
    client: int
    connected_ns: int
    transport: str | None
    ended_ns: int | None
    own: bool
    client_reason: str | None
    client_log: str | None
    server_ended_ns: int | None
    server_reason: str | None
    server_thread: str | None
    client_kind: str = "python"
    details: Mapping[str, Any] = field(default_factory=dict)
    close_code: int | None = None
    client_gone_ns: int | None = None

    @property
    def dropped(self) -> bool:
        """It ended, and not because the client left on purpose.

        A client that leaves later and on purpose may have been given up by its server long before.
        A client whose process was ended takes its last word with it.
        """
        if self.ended_ns is None:
            return self.server_reason in _SERVER_GAVE_UP or self.client_gone_ns is not None
        return not self.own or (
            self.server_reason in _SERVER_GAVE_UP
            and self.server_ended_ns is not None
            and self.server_ended_ns < self.ended_ns
        )

    @property
    def lost_ns(self) -> int | None:
        """When the first of the two sides knew that it had ended."""
        known = [at for at in (self.ended_ns, self.server_ended_ns) if at is not None]
        return min(known, default=self.client_gone_ns)


@dataclass(frozen=True)
class Timeline:
    """Everything of one session in order of time; all times are monotonic ns of one host."""

    log: EventLog
    begun_ns: int
    ended_ns: int
    connections: tuple[Connection, ...]
    pings: tuple[Ping, ...]
    predictions: tuple[Prediction, ...]
    emits: tuple[Emit, ...]
    stalls: tuple[Stall, ...]  # the server's
    client_stalls: tuple[Stall, ...] = ()

    @property
    def drops(self) -> tuple[Connection, ...]:
        """The connections that were lost."""
        return tuple(connection for connection in self.connections if connection.dropped)

    @property
    def stalls_while_connected(self) -> tuple[Stall, ...]:
        """The stalls that a client could feel; a model that loads before any connects is not."""
        spans = [
            (connection.connected_ns, connection.server_ended_ns or self.ended_ns)
            for connection in self.connections
        ]
        return tuple(
            stall
            for stall in self.stalls
            if any(
                stall.began_ns < ended and stall.began_ns + stall.seconds * SECOND > begun
                for begun, ended in spans
            )
        )

    def seconds(self, at_ns: int) -> float:
        """Seconds since the session began."""
        return (at_ns - self.begun_ns) / SECOND


def read_timeline(log: EventLog) -> Timeline:
    """The timeline of a log; an empty log gives an empty timeline."""
    times = [event.at_ns for event in log]
    return Timeline(
        log=log,
        begun_ns=min(times, default=0),
        ended_ns=max(times, default=0),
        connections=_connections(log),
        pings=_pings(log),
        predictions=read_predictions(log),
        emits=read_emits(log),
        stalls=tuple(_stall(e) for e in log.of(Kind.STALL) if e.witness is not Witness.PROBE),
        client_stalls=tuple(_stall(e) for e in log.of(Kind.STALL) if e.witness is Witness.PROBE),
    )


def _stall(event: Event) -> Stall:
    data = event.data
    return Stall(
        monitor=data["monitor"],
        began_ns=data["began_ns"],
        seconds=data["seconds"],
        event=event,
        cpu_s=data.get("cpu_s"),
        waited_s=data.get("waited_s", 0.0),
        collected_s=data.get("collected_s", 0.0),
        client_kind=data.get("client_kind", ""),
    )


def _connections(log: EventLog) -> tuple[Connection, ...]:
    client_side = {event.sid: event for event in log.of(Kind.DISCONNECTED)}
    server_side = {event.sid: event for event in log.of(Kind.CLIENT_DISCONNECTED)}
    gone: dict[Any, int] = {
        event.data.get("pid"): event.at_ns
        for event in log.of(Kind.PROCESS_ENDED)
        if not event.data.get("asked", True)
    }
    return tuple(
        _connection(event, client_side.get(event.sid), server_side.get(event.sid), gone)
        for event in log.of(Kind.CONNECTED)
    )


def _connection(
    opened: Event, client: Event | None, server: Event | None, gone: Mapping[Any, int]
) -> Connection:
    return Connection(
        sid=str(opened.sid),
        client=opened.data["client"],
        connected_ns=opened.at_ns,
        transport=opened.data.get("transport"),
        ended_ns=client.at_ns if client else None,
        own=bool(client and client.data["own"]),
        client_reason=client.data["reason"] if client else None,
        client_log=client.data["last_log"] if client else None,
        server_ended_ns=server.at_ns if server else None,
        server_reason=server.data["reason"] if server else None,
        server_thread=server.data["thread"] if server else None,
        client_kind=opened.data.get("client_kind", "python"),
        details=(client.data.get("details") or {}) if client else {},
        close_code=client.data.get("close_code") if client else None,
        client_gone_ns=gone.get(opened.data.get("pid", -1)),
    )


# In the order of a Ping's fields.
_STAGES = (
    Kind.PING_QUEUED,
    Kind.PING_WRITTEN,
    Kind.PING_RECEIVED,
    Kind.PONG_SENT,
    Kind.PONG_RECEIVED,
)


def _pings(log: EventLog) -> tuple[Ping, ...]:
    """Rounds by sid: a PING is queued only after the last PONG came, so the n-th event of each
    stage belongs to the n-th round.
    """
    rounds: list[tuple[int, Ping]] = []
    for sid in dict.fromkeys(event.sid for event in log.of(*_STAGES)):
        stages = [[event.at_ns for event in log.of_connection(sid, stage)] for stage in _STAGES]
        for times in zip_longest(*stages):
            first = min(at for at in times if at is not None)
            rounds.append((first, Ping(str(sid), *times)))
    rounds.sort(key=itemgetter(0))
    return tuple(ping for _, ping in rounds)

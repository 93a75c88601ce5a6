"""What each client's clocks read when the server stood still, as the log has it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from granite_ws.events import EventLog, Kind
from granite_ws.heartbeat import ClientKind, Exposure, Heartbeat
from granite_ws.timeline import SECOND, Connection, Stall, Timeline

# Two stalls with one beat between them are one to a client: the beat is 50 ms.
_ONE_BEAT_NS = 50_000_000

_HEARD: Mapping[ClientKind, tuple[Kind, ...]] = {
    ClientKind.PYTHON: (Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED),
    ClientKind.PYTHON_ASYNC: (Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED),
    ClientKind.NODE: (Kind.PING_RECEIVED,),
}


@dataclass(frozen=True)
class Standstill:
    """A process ran nothing from here to there; monotonic ns."""

    began_ns: int
    ended_ns: int

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.ended_ns - self.began_ns) / SECOND


def kind_of(connection: Connection) -> ClientKind:
    """The client library of this connection; one that nobody named is taken for Python's, which
    has JavaScript's limit and one more.
    """
    known = connection.client_kind in set(ClientKind)
    return ClientKind(connection.client_kind) if known else ClientKind.PYTHON


def advertised(timeline: Timeline, connection: Connection) -> Heartbeat | None:
    """The numbers of its OPEN packet, as either side wrote them down; None where nobody did."""
    for event in timeline.log.of(Kind.HANDSHAKE, Kind.CONNECTED):
        if event.sid == connection.sid and "ping_timeout_s" in event.data:
            return Heartbeat(event.data["ping_interval_s"], event.data["ping_timeout_s"])
    return None


def standstills(stalls: Iterable[Stall]) -> tuple[Standstill, ...]:
    """Stalls of one process, those that overlap or touch joined into one."""
    joined: list[Standstill] = []
    for began, ended in sorted((stall.began_ns, stall.ended_ns) for stall in stalls):
        if joined and began <= joined[-1].ended_ns + _ONE_BEAT_NS:
            last = joined.pop()
            joined.append(Standstill(last.began_ns, max(last.ended_ns, ended)))
        else:
            joined.append(Standstill(began, ended))
    return tuple(joined)


def exposures(timeline: Timeline) -> dict[str, tuple[Exposure, ...]]:
    """Every stall of the server that each connection lived through, by sid.

    A stall that was there before the connection counts from the connection's begin.
    """
    stalls = standstills(timeline.stalls)
    clocks = _clocks(timeline.log)
    return {
        connection.sid: tuple(
            _exposure(connection, stall, clocks)
            for stall in stalls
            if stall.ended_ns > connection.connected_ns
            and stall.began_ns < (connection.lost_ns or timeline.ended_ns)
        )
        for connection in timeline.connections
    }


def exposure_to(timeline: Timeline, connection: Connection, stall: Standstill) -> Exposure:
    """What this client's clocks read when one stall began that somebody else measured."""
    return _exposure(connection, stall, _clocks(timeline.log))


def deadliest(met: tuple[Exposure, ...]) -> Exposure | None:
    """The one at whose end the client had been left alone for longest; None without any."""
    return max(
        met, key=lambda one: one.stall_s + max(one.phase_s, one.sent_phase_s or 0.0), default=None
    )


_Clocks = Mapping[tuple[str | None, Kind], list[int]]


def _clocks(log: EventLog) -> _Clocks:
    times: dict[tuple[str | None, Kind], list[int]] = defaultdict(list)
    for event in log.of(Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED, Kind.PONG_SENT):
        times[event.sid, event.kind].append(event.at_ns)
    return times


def _exposure(connection: Connection, stall: Standstill, clocks: _Clocks) -> Exposure:
    kind = kind_of(connection)
    began = max(stall.began_ns, connection.connected_ns)

    def since(*kinds: Kind) -> float:
        latest = [connection.connected_ns]
        for one in kinds:
            times = clocks.get((connection.sid, one), [])
            latest += times[: bisect_right(times, began)][-1:]
        return (began - max(latest)) / SECOND

    return Exposure(
        kind=kind,
        stall_s=(stall.ended_ns - began) / SECOND,
        phase_s=since(*_HEARD[kind]),
        sent_phase_s=since(Kind.PONG_SENT),
    )

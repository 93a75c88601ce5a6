"""What each client's clocks read when the server stood still, as the log has it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from granite_ws.events import EventLog, Kind, Witness
from granite_ws.heartbeat import ClientKind, Exposure, Heartbeat
from granite_ws.timeline import SECOND, Connection, Timeline

# Two stalls with one beat between them are one to a client: the beat is 50 ms.
_ONE_BEAT_NS = 50_000_000

_HEARD: Mapping[ClientKind, tuple[Kind, ...]] = {
    ClientKind.PYTHON: (Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED),
    ClientKind.PYTHON_ASYNC: (Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED),
    ClientKind.NODE: (Kind.PING_RECEIVED,),
}


@dataclass(frozen=True)
class Standstill:
    """The server ran nothing from here to there; monotonic ns."""

    began_ns: int
    ended_ns: int


def kind_of(connection: Connection) -> ClientKind:
    """The client library of this connection."""
    return ClientKind(getattr(connection, "client_kind", ClientKind.PYTHON))


def advertised(timeline: Timeline, connection: Connection) -> Heartbeat | None:
    """The numbers of its OPEN packet, as either side wrote them down; None where nobody did."""
    for event in timeline.log.of(Kind.HANDSHAKE, Kind.CONNECTED):
        told = event.data.get("ping_interval_s"), event.data.get("ping_timeout_s")
        if event.sid == connection.sid and None not in told:
            return Heartbeat(*told)
    return None


def standstills(log: EventLog, witness: Witness = Witness.SERVER) -> tuple[Standstill, ...]:
    """The stalls of this witness's monitors, those that overlap or touch joined into one."""
    joined: list[Standstill] = []
    spans = (
        (event.data["began_ns"], round(event.data["seconds"] * SECOND))
        for event in log.of(Kind.STALL)
        if event.witness is witness
    )
    for began, length in sorted(spans):
        ended = began + length
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
    stalls = standstills(timeline.log)
    clocks = _clocks(timeline.log)
    return {
        connection.sid: tuple(
            _exposure(connection, stall, clocks)
            for stall in stalls
            if stall.ended_ns > connection.connected_ns
            and stall.began_ns < (connection.ended_ns or timeline.ended_ns)
        )
        for connection in timeline.connections
    }


def deadliest(met: tuple[Exposure, ...]) -> Exposure | None:
    """The one at whose end the client had been left alone for longest; None where there is none."""
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

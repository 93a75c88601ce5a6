"""The drops of one session, each with what stood at that moment: the rows of a pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from granite_ws.events import Event, Kind
from granite_ws.timeline import SECOND, Connection, Timeline

# Clients lost together are one event seen several times, not several events (seconds).
TOGETHER_S = 1.0
_WAITING = {Kind.PING_QUEUED}
_ENDS = (Kind.CONNECTED, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED)
_PACKETS = {
    *(Kind.CONNECTED, Kind.HANDSHAKE, Kind.CLIENT_CONNECTED),
    *(Kind.PING_WRITTEN, Kind.PING_RECEIVED, Kind.PONG_SENT, Kind.PONG_RECEIVED),
    *(Kind.MESSAGE_EMITTED, Kind.MESSAGE_RECEIVED),
}


@dataclass(frozen=True)
class Loss:
    """One drop. What the log does not tell is None.

    iteration:        the processing's iteration at the drop.
    predictions:      forecasts that ended well between this connection's begin and its drop.
    hour_utc:         hour of the day, 0 <= hour < 24, UTC.
    connection_age_s: seconds from connected to dropped.
    idle_age_s:       seconds since the connection's last packet, either way.
    payload_bytes:    size of the last message emitted before the drop.
    """

    session: str
    iteration: int | None = None
    predictions: int | None = None
    hour_utc: float | None = None
    connection_age_s: float | None = None
    idle_age_s: float | None = None
    payload_bytes: int | None = None


@dataclass(frozen=True)
class Watch:
    """One session: its drops, and what was watched without a drop, against which they stand.

    iterations, predictions: the most that the session, or one of its connections, came to.
    payloads:                bytes of every message emitted.
    begun_hour_utc, hours:   when in the day it was watched, and for how long.
    """

    session: str
    losses: tuple[Loss, ...] = ()
    iterations: int = 0
    predictions: int = 0
    payloads: tuple[int, ...] = ()
    begun_hour_utc: float | None = None
    hours: float = 0.0


def watch(timeline: Timeline, session: str) -> Watch:
    """What one session tells. Drops within one second are one.

    Where a begin or an end has no time of its own (``timeless``), the session has no ages.
    """
    timed = not any(event.data.get("timeless") for event in timeline.log.of(*_ENDS))
    clock = _wall_clock(timeline) if timed else None
    reached = [e.data["iteration"] for e in timeline.log if _is_iteration(e)]
    spans = [_made(timeline, c.connected_ns, _end(c, timeline)) for c in timeline.connections]
    return Watch(
        session=session,
        losses=tuple(
            _loss(timeline, drop, session, timed=timed, clock=clock)
            for drop in _apart(timeline, timed=timed)
        ),
        iterations=max(reached, default=0),
        predictions=max(spans, default=0),
        payloads=tuple(size for _, size in _payloads(timeline)),
        begun_hour_utc=None if clock is None else clock(timeline.begun_ns),
        hours=(timeline.ended_ns - timeline.begun_ns) / SECOND / 3600 if timed else 0.0,
    )


def _end(connection: Connection, timeline: Timeline) -> int:
    return timeline.ended_ns if connection.lost_ns is None else connection.lost_ns


def _apart(timeline: Timeline, *, timed: bool) -> list[Connection]:
    kept: list[Connection] = []
    for drop in sorted(timeline.drops, key=lambda c: _end(c, timeline)):
        last = _end(kept[-1], timeline) if kept else None
        near = last is not None and _end(drop, timeline) - last <= TOGETHER_S * SECOND
        if not (timed and near):
            kept.append(drop)
    return kept


def _loss(
    timeline: Timeline,
    drop: Connection,
    session: str,
    *,
    timed: bool,
    clock: Callable[[int], float] | None,
) -> Loss:
    at = _end(drop, timeline)
    iterations = [e.data["iteration"] for e in timeline.log if _is_iteration(e) and e.at_ns <= at]
    payloads = [size for when, size in _payloads(timeline) if when <= at]
    packets = _packets(timeline, drop.sid, at)
    return Loss(
        session=session,
        iteration=iterations[-1] if iterations else None,
        predictions=_made(timeline, drop.connected_ns, at) if timeline.predictions else None,
        hour_utc=None if clock is None else clock(at),
        connection_age_s=(at - drop.connected_ns) / SECOND if timed else None,
        idle_age_s=_idle_s(packets, at) if timed else None,
        payload_bytes=payloads[-1] if payloads else None,
    )


def _is_iteration(event: Event) -> bool:
    kinds = (Kind.ITERATION_BEGUN, Kind.FORECAST_BEGUN, Kind.EMIT_BEGUN)
    return event.kind in kinds and isinstance(event.data.get("iteration"), int)


def _made(timeline: Timeline, begun_ns: int, ended_ns: int) -> int:
    ends = (p.ended_ns for p in timeline.predictions if p.error is None)
    return sum(end is not None and begun_ns <= end <= ended_ns for end in ends)


def _payloads(timeline: Timeline) -> list[tuple[int, int]]:
    """(ns, bytes) of what was emitted: the feed's word, or the tap's where there is no feed."""
    own = timeline.log.of(Kind.EMIT_BEGUN) or timeline.log.of(Kind.MESSAGE_EMITTED)
    return [(e.at_ns, e.data["bytes"]) for e in own if isinstance(e.data.get("bytes"), int)]


def _idle_s(packets: list[Event], at_ns: int) -> float | None:
    if not packets or packets[-1].data.get("timeless"):
        return None
    return (at_ns - packets[-1].at_ns) / SECOND


def _packets(timeline: Timeline, sid: str, at_ns: int) -> list[Event]:
    """A PING that was only queued counts where nobody watched the writing."""
    kinds = _PACKETS if timeline.log.of(Kind.PING_WRITTEN) else _PACKETS | _WAITING
    return [e for e in timeline.log if e.sid == sid and e.kind in kinds and e.at_ns <= at_ns]


def _wall_clock(timeline: Timeline) -> Callable[[int], float] | None:
    """Hour of the day (UTC) of a monotonic time, from the first event that carries a date."""
    for event in timeline.log:
        try:
            said = datetime.fromisoformat(event.utc)
        except ValueError:
            continue
        zoned = said if said.tzinfo else said.replace(tzinfo=UTC)
        return _hours_from(zoned.timestamp() / 3600, event.at_ns)
    return None


def _hours_from(hours: float, at_ns: int) -> Callable[[int], float]:
    return lambda later_ns: (hours + (later_ns - at_ns) / SECOND / 3600) % 24

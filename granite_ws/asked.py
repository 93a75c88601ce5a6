"""Forecasts that clients asked for: each from the asking to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from granite_ws.events import EventLog, Kind
from granite_ws.feed import SECOND


@dataclass(frozen=True)
class Asked:
    """One asking. The last four are None while it was not answered.

    seconds: from the asking to the answer, measured by the client on its monotonic clock.
    code:    why there was no forecast, empty where there was one.
    cached:  hit, stale or shared, empty where it was made for this client.
    """

    request_id: str
    client: int
    client_kind: str
    by: str
    at_ns: int
    ok: bool | None = None
    code: str | None = None
    cached: str | None = None
    seconds: float | None = None

    @property
    def ended_ns(self) -> int | None:
        """When the answer was there."""
        return None if self.seconds is None else self.at_ns + int(self.seconds * SECOND)


def read_asked(log: EventLog) -> tuple[Asked, ...]:
    """Every asking, in order; the first answer to it counts."""
    answers: dict[str, Mapping[str, object]] = {}
    for event in log.of(Kind.FORECAST_ANSWERED):
        answers.setdefault(str(event.data.get("request_id", "")), event.data)
    found = []
    for event in log.of(Kind.FORECAST_ASKED):
        name = str(event.data.get("request_id", ""))
        asked = Asked(
            name,
            int(event.data.get("client", 0)),
            str(event.data.get("client_kind", "")),
            str(event.data.get("by", "")),
            event.at_ns,
        )
        found.append(_answered(asked, answers.get(name)))
    return tuple(found)


def _answered(asked: Asked, answer: Mapping[str, object] | None) -> Asked:
    if answer is None:
        return asked
    seconds = answer.get("seconds")
    return Asked(
        **{
            **vars(asked),
            "ok": bool(answer.get("ok")),
            "code": str(answer.get("code", "")),
            "cached": str(answer.get("cached", "")),
            "seconds": float(seconds) if isinstance(seconds, int | float) else None,
        }
    )


def ping_delays_s(log: EventLog) -> list[float]:
    """How much later than ``ping_interval`` each PING came at its client, in seconds.

    Two PINGs of one connection are ``ping_interval`` and a round trip apart (Engine.IO: the next
    one is due ``ping_interval`` after the PONG of the last was processed). Never less than 0. A
    connection that was lost counts the wait until its loss, where that was longer.
    """
    intervals: dict[str, float] = {}
    last: dict[str, int] = {}
    delays: list[float] = []
    kinds = (Kind.CONNECTED, Kind.PING_RECEIVED, Kind.DISCONNECTED)
    for event in log.of(*kinds):
        sid = event.sid
        if sid is None:
            continue
        if event.kind is Kind.CONNECTED:
            intervals[sid] = float(event.data.get("ping_interval_s") or 0)
            last[sid] = event.at_ns
        elif sid in last and intervals[sid]:
            delay = (event.at_ns - last[sid]) / SECOND - intervals[sid]
            lost = event.kind is Kind.DISCONNECTED
            if not lost or (delay > 0 and not event.data.get("own")):
                delays.append(max(delay, 0.0))
            last[sid] = event.at_ns
    return delays

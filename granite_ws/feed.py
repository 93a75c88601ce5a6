"""The feed as it happened: each forecast from begin to end, each message until it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from granite_ws.events import Event, EventLog, Kind

SECOND = 1e9


@dataclass(frozen=True)
class Prediction:
    """One forecast of the feed. ``seconds`` is None while it never ended."""

    iteration: int
    begun_ns: int
    ended_ns: int | None
    engine: str | None
    fallback_reason: str | None
    error: str | None
    origin: str | None
    values: tuple[float, ...]

    @property
    def seconds(self) -> float | None:
        """Wall time, None while it never ended."""
        return None if self.ended_ns is None else (self.ended_ns - self.begun_ns) / SECOND


@dataclass(frozen=True)
class Emit:
    """One message of the feed, and when each client had it (client number -> ns)."""

    iteration: int
    begun_ns: int
    bytes: int
    error: str | None
    received_ns: Mapping[int, int]
    timestamp: str | None
    value: float | None

    @property
    def latencies_s(self) -> tuple[float, ...]:
        """Seconds from before the emit until each client had the message."""
        return tuple((at - self.begun_ns) / SECOND for at in self.received_ns.values())


def read_predictions(log: EventLog) -> tuple[Prediction, ...]:
    """Forecasts in order; one that another overtakes never ended."""
    ends = (Kind.FORECAST_DONE, Kind.FORECAST_FAILED)
    predictions = []
    begun: Event | None = None
    for event in log.of(Kind.FORECAST_BEGUN, *ends):
        if event.kind is Kind.FORECAST_BEGUN:
            if begun is not None:
                predictions.append(_prediction(begun, None))
            begun = event
        elif begun is not None:
            predictions.append(_prediction(begun, event))
            begun = None
    if begun is not None:
        predictions.append(_prediction(begun, None))
    return tuple(predictions)


def _prediction(begun: Event, ended: Event | None) -> Prediction:
    data: Mapping[str, Any] = ended.data if ended else {}
    return Prediction(
        iteration=begun.data["iteration"],
        begun_ns=begun.at_ns,
        ended_ns=ended.at_ns if ended else None,
        engine=data.get("engine"),
        fallback_reason=data.get("fallback_reason"),
        error=data.get("error"),
        origin=data.get("origin"),
        values=tuple(data.get("values", ())),
    )


def read_emits(log: EventLog) -> tuple[Emit, ...]:
    """Emits with their receptions and failures. Iterations restart with each start of the
    processing, so each belongs to the last emit of its iteration that came before it.
    """
    emits: list[tuple[Event, dict[int, int], list[Event]]] = []
    latest: dict[int, tuple[dict[int, int], list[Event]]] = {}
    for event in log.of(Kind.EMIT_BEGUN, Kind.EMIT_FAILED, Kind.MESSAGE_RECEIVED):
        iteration = event.data.get("iteration")
        if iteration is None:
            continue
        if event.kind is Kind.EMIT_BEGUN:
            latest[iteration] = ({}, [])
            emits.append((event, *latest[iteration]))
        elif iteration in latest:
            received, failures = latest[iteration]
            if event.kind is Kind.EMIT_FAILED:
                failures.append(event)
            else:
                received.setdefault(event.data["client"], event.at_ns)
    return tuple(_emit(*parts) for parts in emits)


def _emit(begun: Event, received: dict[int, int], failures: list[Event]) -> Emit:
    point = begun.data.get("point") or {}
    return Emit(
        iteration=begun.data["iteration"],
        begun_ns=begun.at_ns,
        bytes=begun.data["bytes"],
        error=failures[0].data["error"] if failures else None,
        received_ns=received,
        timestamp=point.get("timestamp"),
        value=point.get("value"),
    )

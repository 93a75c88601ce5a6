"""One session as it is compared: its settings, its numbers, and what they were made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.metrics import METRICS, measure
from granite_ws.session import Session

QUANTILE = re.compile(r"(?P<stem>.+)_p(?P<share>\d+)_")


@dataclass(frozen=True)
class Measured:
    """One session as it is compared.

    settings:    what was asked for, by name.
    outcome:     held, dropped, troubled or unknown; '' where there was no session to judge.
    metrics:     by name (``metrics.METRICS``).
    values:      the single measurements behind the percentiles, by the metric's stem (``stall``,
                 ``forecast``, ...), in the order they were made; empty where only the record of a
                 session is at hand.
    connections: how many were seen; None where that is not recorded.
    """

    name: str
    settings: Mapping[str, Any]
    outcome: str = ""
    summary: str = ""
    causes: tuple[str, ...] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)
    connections: int | None = None


def measured(session: Session, verdict: Verdict) -> Measured:
    """A session that was read whole."""
    causes = {drop.cause for drop in verdict.drops} | {one.cause for one in verdict.troubles}
    return Measured(
        name=session.name,
        settings=session.settings.to_dict(),
        outcome=verdict.outcome.value,
        summary=verdict.summary,
        causes=tuple(sorted(causes)),
        metrics=measure(verdict),
        values={
            match["stem"]: tuple(metric.values(verdict))
            for metric in METRICS
            if metric.values is not None and (match := QUANTILE.match(metric.name))
        },
        connections=len(verdict.timeline.connections),
    )


def of_record(record: CellRecord) -> Measured:
    """A sweep's cell, of which only the record is at hand."""
    done = record.status is Status.DONE
    return Measured(
        name=record.label,
        settings=record.parameters,
        outcome=record.outcome,
        summary=record.summary or record.why,
        causes=record.causes,
        metrics=record.metrics if done else {},
    )

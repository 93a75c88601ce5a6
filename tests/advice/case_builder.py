"""Verdicts for the tests of advice: a log, and who is blamed for which drops."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from granite_ws.advice import Advice, advise
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.verdict import Drop
from granite_ws.events import Event, EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import event

REMEDY = "Do the thing."


def finding(cause: str, **rest: Any) -> Finding:
    """A supported finding of this cause."""
    return Finding("GWS999", cause, Truth.SUPPORTED, "So it was.", remedy=REMEDY, **rest)


def blaming(log: EventLog, *causes: str | Finding) -> tuple[Advice, ...]:
    """The advice where these causes explain every drop of the log."""
    found = tuple(finding(cause) if isinstance(cause, str) else cause for cause in causes)
    timeline = read_timeline(log)
    drops = tuple(Drop(connection, found) for connection in timeline.drops)
    assert drops, "the log holds no drop"
    verdict: Any = SimpleNamespace(timeline=timeline, drops=drops)
    return advise(verdict)


def opened(seconds: float, sid: str = "A", interval: float = 25, timeout: float = 20) -> Event:
    """The OPEN packet of one connection."""
    return event(
        seconds,
        Kind.HANDSHAKE,
        sid=sid,
        ping_interval_s=interval,
        ping_timeout_s=timeout,
        max_payload_bytes=10_000,
    )

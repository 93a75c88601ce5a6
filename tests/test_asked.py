"""Asked forecasts, and how late PINGs come, read from a log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from granite_ws.asked import ping_delays_s, read_asked
from granite_ws.events import Event, EventLog, Kind, Witness
from tests.log_builder import event

NAMES = some.sampled_from(["a", "b", "c"])


def told(at: float, kind: Kind, **data: Any) -> Event:
    line = event(at, kind, witness=Witness.PROBE, sid="A", client=1)
    return replace(line, data={**line.data, **data})


def asked(seconds: float, name: str) -> Event:
    return told(seconds, Kind.FORECAST_ASKED, request_id=name, client_kind="node", by="event")


def answered(at: float, name: str, **data: Any) -> Event:
    facts = {"ok": True, "code": "", "cached": "", "seconds": 0.5, **data}
    return told(at, Kind.FORECAST_ANSWERED, request_id=name, **facts)


def test_an_asking_and_its_first_answer() -> None:
    """The second answer to it counts for nothing; one without an answer says so."""
    log = EventLog((asked(1, "a"), asked(2, "b"), answered(3, "a"), answered(4, "a", ok=False)))
    first, second = read_asked(log)
    assert (True, 0.5, "node", "event") == (first.ok, first.seconds, first.client_kind, first.by)
    assert first.ended_ns == first.at_ns + 500_000_000
    assert (None, None, None) == (second.ok, second.seconds, second.ended_ns)


@given(some.lists(some.tuples(some.sampled_from([asked, answered]), NAMES), max_size=12))
def test_there_are_as_many_as_were_asked(steps: list[tuple[Any, str]]) -> None:
    """Whatever order the lines come in, and whatever is missing."""
    log = EventLog(tuple(make(at, name) for at, (make, name) in enumerate(steps)))
    found = read_asked(log)
    assert len(found) == sum(make is asked for make, _ in steps)


def test_a_ping_is_late_beyond_its_interval() -> None:
    """On time, half a second late, and a loss that came two seconds after the next was due."""
    log = EventLog(
        (
            told(0, Kind.CONNECTED, ping_interval_s=1),
            told(1, Kind.PING_RECEIVED),
            told(2.5, Kind.PING_RECEIVED),
            told(5.5, Kind.DISCONNECTED, own=False),
        )
    )
    assert pytest.approx([0, 0.5, 2]) == ping_delays_s(log)


def test_leaving_on_purpose_is_not_late() -> None:
    """Nor is a connection whose interval nobody told."""
    own = (
        told(0, Kind.CONNECTED, ping_interval_s=1),
        told(9, Kind.DISCONNECTED, own=True),
    )
    assert [] == ping_delays_s(EventLog(own))
    assert [] == ping_delays_s(EventLog((told(0, Kind.CONNECTED), told(9, Kind.PING_RECEIVED))))

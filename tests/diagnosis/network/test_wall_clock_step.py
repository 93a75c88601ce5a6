"""GWS512: a jump of the wall clock, taken for silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.wall_clock_step import check
from granite_ws.events import Event, EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, opened
from tests.log_builder import START_NS, event, log, server_lost

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _clocked(parts: list[Event], *, step_s: float = 0, at_s: float = 0) -> EventLog:
    """Events with the wall clock's time, which jumps once."""

    def told(one: Event) -> Event:
        seconds = (one.at_ns - START_NS) / 1e9
        ahead = step_s if seconds >= at_s else 0
        return replace(one, utc=(NOON + timedelta(seconds=seconds + ahead)).isoformat())

    return EventLog(tuple(told(one) for one in log(parts)))


def _gone(after_s: float) -> list[Event]:
    """A PING at 3 s, and the server's "ping timeout" so much later."""
    return [
        *opened(1),
        event(2, Kind.MONITOR_STARTED, monitor="thread"),
        event(3, Kind.PING_QUEUED, sid="A", waiting=0),
        server_lost(3 + after_s, reason="ping timeout"),
        client_end(3 + after_s + 0.01, code=1000),
    ]


def test_gone_too_early_and_a_clock_that_jumped() -> None:
    """Gone 2 ms after the PING where 2 s are allowed, as the clock went ahead by a minute."""
    finding = check(read_timeline(_clocked(_gone(0.002), step_s=60, at_s=3.001)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "jumped by 60.0 s" in finding.claim
    assert "2 ms after a PING" in finding.claim
    assert "time.monotonic" in finding.remedy


def test_a_jump_that_is_too_small_explains_nothing() -> None:
    """One second more than 2 ms is less than the 2 s that are allowed."""
    finding = check(read_timeline(_clocked(_gone(0.002), step_s=1, at_s=3.001)))
    assert finding.truth is Truth.UNKNOWN


def test_a_jump_at_another_time_explains_nothing() -> None:
    """While no PONG is due Engine.IO looks at no clock."""
    finding = check(read_timeline(_clocked(_gone(0.002), step_s=60, at_s=1.5)))
    assert finding.truth is Truth.UNKNOWN


def test_a_timeout_in_its_time_refutes_it() -> None:
    """The server waited as long as it should, jump or not."""
    finding = check(read_timeline(_clocked(_gone(2.1), step_s=60, at_s=4)))
    assert finding.truth is Truth.REFUTED


def test_events_without_a_date_are_passed_over() -> None:
    """A log that tells no wall clock cannot show its jump."""
    undated = EventLog(tuple(replace(one, utc="") for one in log(_gone(0.002))))
    assert check(read_timeline(undated)).truth is Truth.UNKNOWN

"""GWS104: the garbage collector's pause."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.gc_pause import check
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import HOLDER, everything, look, stall, still, timeline_of
from tests.log_builder import at, event


def test_a_collection_that_took_the_standstill() -> None:
    """The collector's own clock, and the line that asked for it."""
    finding = check(timeline_of("gc_pause"))
    assert "3.8 of 4.0 s" in finding.claim
    assert HOLDER[0] == finding.blocked_at


def test_one_heartbeat_may_have_read_the_old_sum() -> None:
    """Whoever gets the lock before the collector's end is told reads zero: the other counts."""
    stalls = [stall("thread", cpu_s=3.9), stall("loop", cpu_s=3.9, collected_s=3.8)]
    assert Truth.SUPPORTED is check(read_timeline(still(stalls, look(HOLDER)))).truth


def test_a_collection_of_a_tenth_is_not_the_cause() -> None:
    """It ran, and the rest of the time something else did."""
    events = still(everything(cpu_s=3.9, collected_s=0.4), look(HOLDER))
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_where_nobody_measured_it_is_unknown() -> None:
    """An older recording says nothing of the collector."""
    bare = {"monitor": "thread", "seconds": 4.0, "began_ns": at(3.5)}
    assert Truth.UNKNOWN is check(read_timeline(still(event(7.5, Kind.STALL, **bare)))).truth

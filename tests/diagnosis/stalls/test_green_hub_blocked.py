"""GWS108: a blocked gevent hub."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.green_hub_blocked import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import HOLDER, stall, still, timeline_of


def test_it_names_the_call_that_kept_the_hub() -> None:
    """The one thread that was not at rest is the hub's."""
    finding = check(timeline_of("green_hub_blocked"))
    assert (Truth.SUPPORTED, HOLDER[0]) == (finding.truth, finding.blocked_at)
    assert "monkey" in finding.remedy


def test_threads_have_no_hub() -> None:
    """In threading mode a late loop heartbeat is a thread like any other."""
    assert Truth.REFUTED is check(read_timeline(still(stall("loop")))).truth


def test_an_unnamed_scheduler_is_unknown() -> None:
    """A recording that does not say what ran the loop's heartbeat."""
    assert Truth.UNKNOWN is check(read_timeline(still(stall("loop"), scheduler=""))).truth

"""GWS102: a blocked asyncio loop."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.asyncio_loop_blocked import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import LOOP, stall, still, timeline_of


def test_it_names_the_handler_on_the_loop() -> None:
    """The line in the coroutine, not asyncio's own."""
    finding = check(timeline_of("asyncio_loop_blocked"))
    assert (Truth.SUPPORTED, LOOP[0]) == (finding.truth, finding.blocked_at)
    assert "to_thread" in finding.remedy


def test_gevents_hub_is_not_asyncios_loop() -> None:
    """The same stall under another scheduler is another cause."""
    assert Truth.REFUTED is check(timeline_of("green_hub_blocked")).truth


def test_an_unnamed_scheduler_is_unknown() -> None:
    """A recording that does not say what ran the loop's heartbeat."""
    assert Truth.UNKNOWN is check(read_timeline(still(stall("loop"), scheduler=""))).truth

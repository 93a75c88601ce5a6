"""GWS106: a server without a processor."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.cpu_starvation import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import everything, still, timeline_of


def test_a_server_that_waited_for_a_core() -> None:
    """The claim gives the seconds waited and the seconds it got."""
    claim = check(timeline_of("cpu_starvation")).claim
    assert "3.9 of 4.0 s" in claim
    assert "0.05 s of processor time" in claim


def test_a_server_that_had_its_core_was_not_starved() -> None:
    """A tenth of a second of waiting is what any machine shows."""
    assert Truth.REFUTED is check(timeline_of("gil_held_native")).truth


def test_a_kernel_that_does_not_tell_leaves_it_unknown() -> None:
    """Exactly nothing is what is written where nobody measures."""
    assert Truth.UNKNOWN is check(read_timeline(still(everything(waited_s=0.0)))).truth

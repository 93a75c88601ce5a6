"""GWS105: a process that was stopped."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.server_suspended import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import everything, sample, still, timeline_of


def test_a_process_that_was_found_stopped() -> None:
    """Each sample that found it so is a step of the path."""
    finding = check(timeline_of("server_suspended"))
    assert "3 times" in finding.claim
    assert 3 == sum("stopped" in step.text for step in finding.path)


def test_a_process_that_slept_was_not_stopped() -> None:
    """A held lock is not a stopped process."""
    assert Truth.REFUTED is check(timeline_of("gil_held_native")).truth


def test_a_process_that_computed_was_not_stopped() -> None:
    """One look at a stop of an instant does not explain four seconds of work."""
    events = still(everything(cpu_s=3.9), sample(5, "stopped"))
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_without_a_sampler_it_is_unknown() -> None:
    """From within, a stop cannot be told from a held lock."""
    assert Truth.UNKNOWN is check(read_timeline(still(everything()))).truth

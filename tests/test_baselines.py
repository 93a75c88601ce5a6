"""Three simple readers and what they see."""

from __future__ import annotations

from granite_ws.baselines import checklist, largest_deviation, reason, symptoms
from granite_ws.diagnosis.checklist import Limits
from granite_ws.events import Kind, Witness
from granite_ws.timeline import read_timeline
from tests.log_builder import connected, event, log, lost, quiet, server_lost, stall

LIMITS = Limits(ping_timeout_s=2, max_http_buffer_bytes=1_000_000)


def test_the_reason_reader_sees_both_strings_of_the_first_drop() -> None:
    """As the two sides say them, and nothing else."""
    timeline = read_timeline(log(connected(1), lost(5), server_lost(6, reason="ping timeout")))
    assert reason(timeline) == "ping timeout / transport error"


def test_the_checklist_reader_sees_the_first_box_that_is_not_ticked() -> None:
    """A drop in which the client gave up fails the boxes on the client."""
    gone = lost(5, last_log="Server has stopped communicating, aborting")
    assert checklist(read_timeline(log(connected(1), gone)), LIMITS).startswith("4: Was it free")


def test_the_deviation_reader_sees_the_largest_figure() -> None:
    """A stall of four seconds outweighs the rest."""
    assert largest_deviation(read_timeline(log(quiet(), stall(3, 4.0)))) == "server stall, s"


def test_a_quiet_session_shows_nothing() -> None:
    """No drop, all boxes ticked but the unknown, nothing unusual."""
    seen = symptoms(read_timeline(log(quiet())), LIMITS)
    assert (seen["reason string"], seen["largest deviation"]) == ("no drop", "nothing unusual")


def test_logs_from_elsewhere_lack_figures_and_are_read_all_the_same() -> None:
    """A text log tells no queue length."""
    queued = event(2, Kind.PING_QUEUED, sid="A", witness=Witness.SERVER)
    assert largest_deviation(read_timeline(log(queued))) == "nothing unusual"

"""GWS125: a log line hangs in its write."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.log_pipe_full import check
from tests.diagnosis.stalls.served_logs import (
    SHIPS,
    WAITS_FOR_LOG,
    WRITES,
    look,
    silent,
    timeline,
    unwatched,
)
from tests.diagnosis.stalls.test_logging_jammed import emitted

PACKET = [*WRITES[:3], *SHIPS[-2:]]


def test_a_small_line_that_does_not_return_is_a_full_pipe() -> None:
    """Whoever wrote it: an own line, or one of the library's packets."""
    for frames in (WRITES, PACKET):
        found = check(timeline(silent(look(5, frames, WAITS_FOR_LOG))))
        assert (Truth.SUPPORTED, ("A",)) == (found.truth, found.explains)
        assert "1 threads" not in found.claim


def test_a_payload_takes_its_time_by_its_size() -> None:
    """That is the cost of logging it, and another cause."""
    large = [emitted(2.8, 3_000_000), look(5, PACKET, WAITS_FOR_LOG)]
    assert Truth.REFUTED is check(timeline(silent(*large))).truth


def test_a_handler_that_is_not_in_a_write_is_not_a_pipe() -> None:
    """It may compute, or sleep."""
    assert Truth.REFUTED is check(timeline(silent(look(5, SHIPS, WAITS_FOR_LOG)))).truth


def test_without_looks_it_is_unknown() -> None:
    """The threads were not looked at."""
    assert Truth.UNKNOWN is check(unwatched(silent())).truth

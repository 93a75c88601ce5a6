"""GWS126: a large packet's own log line."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.payload_logging_cost import check
from granite_ws.events import Kind
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


def test_the_line_of_a_large_packet_is_named_with_its_size() -> None:
    """From the emit to the loss."""
    large = [emitted(2.8, 3_000_000), look(5, SHIPS, WAITS_FOR_LOG)]
    found = check(timeline(silent(*large)))
    assert (Truth.SUPPORTED, ("A",)) == (found.truth, found.explains)
    assert "3,000,000 bytes" in found.claim
    assert "2.2 s after it was emitted" in found.claim
    assert Kind.MESSAGE_EMITTED is found.path[0].event.kind


def test_a_small_packet_and_another_threads_line_are_none() -> None:
    """Size and thread must both be the holder's."""
    for parts in (
        [emitted(2.8, 3_000), look(5, SHIPS, WAITS_FOR_LOG)],
        [emitted(2.8, 3_000_000, "T7"), look(5, SHIPS, WAITS_FOR_LOG)],
        [emitted(2.8, 3_000_000), look(5, WRITES, WAITS_FOR_LOG)],
    ):
        assert Truth.REFUTED is check(timeline(silent(*parts))).truth


def test_without_looks_it_is_unknown() -> None:
    """A large message alone proves nothing."""
    assert Truth.UNKNOWN is check(unwatched(silent(emitted(2.8, 3_000_000)))).truth

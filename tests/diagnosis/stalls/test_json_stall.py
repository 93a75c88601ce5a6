"""GWS103: one huge message encoded in one go."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls.json_stall import check
from granite_ws.events import Event
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import (
    ENCODER,
    HOLDER,
    emitted,
    everything,
    look,
    stall,
    still,
    timeline_of,
)


def judged(*parts: Event | list[Event]) -> Finding:
    """The finding on a session with these events."""
    return check(read_timeline(still(*parts)))


def test_it_names_the_message_and_who_sent_it() -> None:
    """The line outside the libraries, the size, and the message that came out."""
    finding = check(timeline_of("json_stall"))
    assert '"history" (90 MB)' in finding.claim
    assert "app/main.py:7 send" == finding.blocked_at


def test_a_small_message_is_not_it() -> None:
    """A megabyte is encoded in 25 ms."""
    assert Truth.REFUTED is judged(everything(), look(ENCODER), emitted(1_000_000)).truth


def test_a_huge_message_beside_other_work_is_not_it() -> None:
    """The stacks were somewhere else."""
    assert Truth.REFUTED is judged(everything(), look(HOLDER), emitted(90_000_000)).truth


def test_without_a_look_it_is_unknown() -> None:
    """The size alone does not tell what kept the lock."""
    assert Truth.UNKNOWN is judged(everything(), emitted(90_000_000)).truth


def test_a_loop_that_was_blocked_alone_is_not_it() -> None:
    """Encoding keeps the lock, and with it every thread."""
    assert Truth.REFUTED is judged(stall("loop"), emitted(90_000_000)).truth


def test_a_server_without_a_core_is_not_it() -> None:
    """It encoded slowly because others had the processor."""
    found = judged(everything(waited_s=3.5), look(ENCODER), emitted(90_000_000))
    assert Truth.REFUTED is found.truth

"""GWS304: two threads at once, one of them binary."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.payloads.binary_interleave import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, node, refused
from tests.log_builder import event, log

WORDS = "got plaintext data when reconstructing a packet"
BINARY = emitted(2, "image", attachments=1)


@pytest.mark.parametrize(
    ("other", "truth"),
    [
        (emitted(2.002, thread="another"), Truth.SUPPORTED),
        (emitted(1.998, thread="another"), Truth.SUPPORTED),
        (emitted(2.002, thread="worker"), Truth.REFUTED),
        (emitted(2.5, thread="another"), Truth.REFUTED),
    ],
    ids=["just after", "just before", "the same thread", "half a second later"],
)
def test_it_takes_a_second_thread_at_the_same_time(other: Event, truth: Truth) -> None:
    """One thread alone emits in order, and so do two that take turns."""
    assert truth is check(read_timeline(log(node(), BINARY, other, refused(2.6, WORDS)))).truth


def test_text_alone_cannot_interleave() -> None:
    """Without a binary message there is nothing to get between."""
    two = [emitted(2), emitted(2.001, thread="another")]
    assert Truth.REFUTED is check(read_timeline(log(node(), two, refused(2.1, WORDS)))).truth


def test_a_plain_log_that_names_no_thread_is_enough() -> None:
    """The parser's words say that text got between; who had sent it stays open."""
    facts: dict[str, Any] = {"event": "image", "bytes": 300, "attachments": 1}
    untold = event(2, Kind.MESSAGE_EMITTED, sid="A", **facts)
    finding = check(read_timeline(log(node(), untold, refused(2.1, WORDS))))
    assert Truth.SUPPORTED is finding.truth
    assert "text from elsewhere" in finding.claim

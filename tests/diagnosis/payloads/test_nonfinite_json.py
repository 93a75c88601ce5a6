"""GWS301: what the claim counts, and how several clients are explained."""

from __future__ import annotations

from granite_ws.diagnosis.payloads.nonfinite_json import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, node, refused
from tests.log_builder import log


def test_every_client_that_refused_it_is_explained() -> None:
    """One message with three NaN takes two JavaScript clients down."""
    two = [*node("A"), *node("B")]
    ends = [*refused(2.01, "invalid payload", "A"), *refused(2.05, "invalid payload", "B")]
    finding = check(read_timeline(log(two, emitted(2, "forecast", non_finite=3), ends)))
    assert ("A", "B") == finding.explains
    assert '"forecast" with 3 numbers that are NaN or Infinity' in finding.claim
    assert "allow_nan=False" in finding.remedy


def test_the_last_such_message_is_the_one() -> None:
    """Of two messages with NaN the later one was refused: the first had been survived."""
    messages = [emitted(2, "early", non_finite=1), emitted(2.5, "late", non_finite=1)]
    finding = check(read_timeline(log(node(), messages, refused(2.51, "invalid payload"))))
    assert '"late" with 1 number that' in finding.claim

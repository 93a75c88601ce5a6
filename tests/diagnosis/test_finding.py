"""The three truths."""

from __future__ import annotations

from granite_ws.diagnosis.checklist import Limits
from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.verdict import diagnose
from granite_ws.events import EventLog


def test_there_are_exactly_three_truths() -> None:
    """Supported, refuted, unknown: no fourth word, no boolean."""
    assert ["supported", "refuted", "unknown"] == [truth.value for truth in Truth]


def test_no_check_supports_anything_on_an_empty_log() -> None:
    """Without evidence nothing is blamed, and codes are unique."""
    findings = diagnose(EventLog(()), Limits(20, 1_000_000)).findings
    assert {Truth.UNKNOWN} == {finding.truth for finding in findings}
    assert len(findings) == len({finding.code for finding in findings})

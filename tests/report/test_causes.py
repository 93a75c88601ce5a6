"""The section on causes: claim, path, what helps, proof."""

from __future__ import annotations

from dataclasses import replace

from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.report.causes import cause_rows, excluded
from granite_ws.report.sections import causes
from tests.log_builder import lost
from tests.report.session_builder import EVIL, dropped

FOUND = Finding(
    code="GWS999",
    cause="odd_cause",
    truth=Truth.SUPPORTED,
    claim=f"It stood still {EVIL}.",
    explains=("A",),
    remedy="Change it.",
    path=(Step("The client gave up", lost(8)),),
    blocked_at="app/model.py:13 predict",
)


def judged(*findings: Finding, proof: dict | None = None):
    session, verdict = dropped()
    return replace(session, proof=proof or {}), replace(verdict, findings=findings)


def test_a_cause_gives_its_path_with_times_and_events() -> None:
    """Seconds since the session began, the words, and the very event."""
    [row] = cause_rows(*judged(FOUND))
    assert row["path"] == [
        {"at": "8.000 s", "text": "The client gave up", "event": "probe: disconnected"}
    ]
    assert row["blocked_at"] == "app/model.py:13 predict"


def test_without_computed_advice_the_remedy_stands() -> None:
    """A cause that no setting answers keeps its own remedy."""
    [row] = cause_rows(*judged(FOUND))
    assert [one["sentence"] for one in row["advice"]] == ["Change it."]


def test_a_proof_is_shown_only_with_the_cause_that_it_is_about() -> None:
    """A proof of another cause says nothing about this one."""
    own = {"cause": "odd_cause", "sentence": "Proven: ..."}
    other = {"cause": "another", "sentence": "Proven: ..."}
    assert cause_rows(*judged(FOUND, proof=own))[0]["proof"] == "Proven: ..."
    assert cause_rows(*judged(FOUND, proof=other))[0]["proof"] == ""


def test_refuted_and_open_causes_are_told_apart() -> None:
    """What the evidence excludes, and what could not be judged, with the reason."""
    refuted = replace(FOUND, cause="no", truth=Truth.REFUTED)
    unknown = replace(FOUND, cause="perhaps", truth=Truth.UNKNOWN)
    _, verdict = judged(refuted, unknown)
    assert excluded(verdict) == (["no"], [unknown])


def test_the_section_escapes_what_a_log_said() -> None:
    """A claim may quote a log; it stays text."""
    section = causes(*judged(FOUND))
    assert EVIL not in section.html
    assert "odd_cause" in section.words

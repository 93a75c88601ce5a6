"""The section on causes: claim, path, what helps, proof."""

from __future__ import annotations

from dataclasses import replace

from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.report.causes import cause_rows, excluded
from granite_ws.report.raw import RawEvents
from granite_ws.report.sections import causes
from tests.log_builder import lost, stall
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


def rows(*made) -> list[dict]:
    session, verdict = made
    return cause_rows(*made, RawEvents("causes", session.name, verdict.timeline))


def judged(*findings: Finding, proof: dict | None = None):
    session, verdict = dropped()
    return replace(session, proof=proof or {}), replace(verdict, findings=findings)


def test_a_cause_gives_its_path_with_times_and_events() -> None:
    """Seconds since the session began, the words, and a link to the very event."""
    [row] = rows(*judged(FOUND))
    [step] = row["path"]
    assert ("8.000 s", "The client gave up", "probe: disconnected") == (
        step["at"],
        step["text"],
        step["event"],
    )
    assert f'<li id="{step["link"].href[1:]}">' in causes(*judged(FOUND)).html
    assert row["blocked_at"] == "app/model.py:13 predict"


def test_without_computed_advice_the_remedy_stands() -> None:
    """A cause that no setting answers keeps its own remedy."""
    [row] = rows(*judged(FOUND))
    assert [one["sentence"] for one in row["advice"]] == ["Change it."]


def test_a_proof_is_shown_only_with_the_cause_that_it_is_about() -> None:
    """A proof of another cause says nothing about this one."""
    own = {"cause": "odd_cause", "sentence": "Proven: ..."}
    other = {"cause": "another", "sentence": "Proven: ..."}
    assert rows(*judged(FOUND, proof=own))[0]["proof"] == "Proven: ..."
    assert rows(*judged(FOUND, proof=other))[0]["proof"] == ""


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


def test_a_claim_links_to_the_first_of_its_evidence_and_counts_the_rest() -> None:
    """Twenty events carry it: eight links, twelve more in words, all of them as raw events."""
    many = replace(FOUND, evidence=tuple(stall(second, 0.5) for second in range(20)), path=())
    [row] = rows(*judged(many))
    assert (8, 12) == (len(row["evidence"]), row["more_evidence"])
    html = causes(*judged(many)).html
    assert "and 12 more events" in html
    assert 20 == html.count("<li id=")

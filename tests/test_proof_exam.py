"""The proof on trial: its marks."""

from __future__ import annotations

from granite_ws.faults import FAULTS
from granite_ws.proof_exam import Attempt, mark_proofs, wrong_cause


def attempt(right: str = "proven", wrong: str = "contradicted", void: str = "") -> Attempt:
    return Attempt("a", "b", void, right, "", wrong, "")


def test_the_wrong_cause_is_never_right() -> None:
    """Neither the fault itself nor its trigger."""
    for fault in FAULTS:
        assert wrong_cause(fault.name) not in (fault.name, *fault.also)


def test_confirmed_is_the_share_of_right_verdicts_that_were_proven() -> None:
    """Not proven and contradicted both count against the proof."""
    marks = mark_proofs([attempt(), attempt("not proven"), attempt("contradicted"), attempt()])
    assert marks.confirmed == 0.5


def test_one_proven_wrong_cause_is_told() -> None:
    """It must be none."""
    marks = mark_proofs([attempt(), attempt(wrong="proven"), attempt(wrong="not proven")])
    assert marks.wrong_proven == 1
    assert marks.wrong_decisions == {"contradicted": 1, "proven": 1, "not proven": 1}


def test_what_does_not_count_counts_nowhere() -> None:
    """A void fault, or a verdict that was not right in the first place."""
    marks = mark_proofs([attempt(void="the fault never began")])
    assert (marks.counted, marks.void, marks.confirmed) == (0, 1, None)

"""The exam's marks."""

from __future__ import annotations

from typing import Any

from granite_ws.scoring import Row, mark


def row(fault: str = "a", answer: str = "a", /, **changes: Any) -> Row:
    facts: dict[str, Any] = {
        "fault": fault,
        "repeat": 0,
        "accepted": (fault,) if fault else (),
        "void": "",
        "answer": answer,
        "ranked": (answer,),
        "grounded": True,
        "strength": "direct",
        "unseen": "unknown",
        "symptoms": {"reason string": "transport close"},
    }
    return Row(**{**facts, **changes})


def test_top1_is_the_share_of_right_first_answers() -> None:
    """Two of three right answers are two thirds, and the class without one is the worst."""
    marks = mark([row("a", "a"), row("a", "a"), row("b", "a")])
    assert marks.top1 == 2 / 3
    assert marks.worst == ("b", 0.0)
    assert marks.confusion == {"a": {"a": 2}, "b": {"a": 1}}


def test_a_void_session_is_counted_and_not_scored() -> None:
    """A fault without effect is neither right nor wrong."""
    marks = mark([row("a", "a"), row("b", "unknown", void="the fault never began")])
    assert (marks.void, marks.scored, marks.top1) == (1, 1, 1.0)


def test_top3_looks_at_the_first_three_only() -> None:
    """The right cause as third counts for top-3, as fourth it does not."""
    third = row("a", "x", ranked=("x", "y", "a"))
    fourth = row("a", "x", ranked=("x", "y", "z", "a"))
    assert mark([third, fourth]).top3 == 0.5


def test_a_right_answer_without_a_path_is_not_grounded() -> None:
    """Right for no reason does not count as grounded; wrong with a path neither."""
    marks = mark([row(), row(grounded=False), row("b", "a", grounded=True)])
    assert marks.grounded == 1 / 3


def test_every_answer_but_healthy_is_a_false_alarm_on_a_healthy_session() -> None:
    """A cause and an ``unknown`` both alarm people for nothing."""
    rows = [row("", "healthy"), row("", "a"), row("", "unknown")]
    marks = mark(rows)
    assert (marks.healthy, marks.false_alarms) == (3, 2)


def test_a_fault_without_its_rule_must_be_unknown() -> None:
    """The share of unknown, and every pair that was named instead."""
    marks = mark([row(), row(unseen="b")])
    assert marks.unseen_unknown == 0.5
    assert marks.unseen_wrong == {"a -> b": 1}


def test_an_unseen_trouble_without_a_drop_is_not_asked() -> None:
    """Nobody lost a connection: there is no drop whose cause could be unknown."""
    assert mark([row(), row(dropped=False, unseen="healthy")]).unseen_unknown == 1.0


def test_a_reader_gets_the_best_table_for_its_symptom() -> None:
    """One symptom for three faults can at best be right for the most frequent of them."""
    rows = [row("a", "a"), row("a", "a"), row("b", "b"), row("c", "c")]
    assert mark(rows).baselines == {"reason string": 0.5}


def test_a_reader_that_tells_all_apart_is_full_marks() -> None:
    """Where each fault has a symptom of its own, the reader reaches 1."""
    rows = [row("a", "a", symptoms={"r": "1"}), row("b", "b", symptoms={"r": "2"})]
    assert mark(rows).baselines == {"r": 1.0}


def test_calibration_counts_how_often_each_strength_was_right() -> None:
    """Direct answers and inferred ones are marked apart."""
    marks = mark([row(), row("a", "b"), row(strength="inferred")])
    assert marks.calibration == {"direct": (2, 0.5), "inferred": (1, 1.0)}


def test_an_exam_of_nothing_has_no_marks() -> None:
    """No rows give None, never a perfect score."""
    marks = mark([])
    assert (marks.top1, marks.grounded, marks.unseen_unknown, marks.worst) == (None,) * 4

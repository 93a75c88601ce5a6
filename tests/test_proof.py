"""Proof: the decision, and the settings of the re-runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from granite_ws.faults import LAB
from granite_ws.proof import Decision, Rerun, decide, only, prove, without
from granite_ws.session import Session
from granite_ws.settings import Settings

BLAMED = "gil_held_native"


def rerun(part: str, failed: bool, void: str = "") -> Rerun:
    return Rerun(part, Path("x"), failed, void)


def test_proven_takes_both_parts() -> None:
    """Every run without it held, every run with it alone failed."""
    proof = decide(BLAMED, (rerun("without", False), rerun("only", True)))
    assert proof.decision is Decision.PROVEN
    assert "held in 1 of 1" in proof.sentence
    assert "failed in 1 of 1" in proof.sentence


def test_failing_without_the_blamed_factor_contradicts_the_verdict() -> None:
    """If it drops just as well without, the verdict is wrong, whatever the other part says."""
    proof = decide(BLAMED, (rerun("without", True), rerun("only", True)))
    assert proof.decision is Decision.CONTRADICTED


@pytest.mark.parametrize(
    "reruns",
    [
        (rerun("without", False), rerun("without", True), rerun("only", True)),
        (rerun("without", False), rerun("only", False)),
        (rerun("without", False), rerun("only", True, "the fault never began")),
        (rerun("without", False, "nobody saw the end"), rerun("only", True)),
    ],
)
def test_anything_less_is_not_proven(reruns: tuple[Rerun, ...]) -> None:
    """Mixed results, and parts of which no run counts, prove nothing."""
    assert decide(BLAMED, reruns).decision is Decision.NOT_PROVEN


def test_without_takes_only_the_blamed_factor_away() -> None:
    """Where something else was broken, it stays broken, so that a wrong verdict shows."""
    broken = Settings(**{**LAB, "fault": BLAMED})
    assert without(broken, BLAMED) == Settings(**LAB)
    assert without(broken, "another_cause") == broken


def test_a_trigger_goes_with_the_fault_that_it_belongs_to() -> None:
    """Both names are right: the same switch is tested."""
    broken = Settings(**{**LAB, "fault": "pyclient_write_idle"})
    assert without(broken, "gil_held_native").fault == ""
    assert only(broken, "gil_held_native").fault == "pyclient_write_idle"


def test_where_nothing_was_broken_nothing_can_be_switched_off(
    stalled: Session, tmp_path: Path
) -> None:
    """A right verdict on somebody's own stall is not contradicted by running it again."""
    own = replace(stalled, settings=replace(stalled.settings, fault=""))
    proof = prove(own, out=tmp_path / "proof")
    assert proof.decision is Decision.IMPOSSIBLE
    assert "advise --verify" in proof.sentence


def test_only_is_a_healthy_session_with_that_factor() -> None:
    """Nothing of the first session but its seed goes into the other part."""
    first = Settings(**{**LAB, "seed": 7, "clients": 3, "fault": "json_stall"})
    assert only(first, BLAMED).fault == BLAMED
    assert (only(first, BLAMED).seed, only(first, BLAMED).clients) == (7, 1)


def test_a_session_that_held_has_nothing_to_prove(held: Session, tmp_path: Path) -> None:
    """Without a named cause the proof says so, and runs nothing."""
    proof = prove(held, out=tmp_path / "proof")
    assert proof.decision is Decision.IMPOSSIBLE
    assert not (tmp_path / "proof").exists()


def test_a_real_verdict_is_proven_by_real_sessions(stalled: Session, tmp_path: Path) -> None:
    """A held interpreter lock: two re-runs, and the sentence counts them."""
    proof = prove(stalled, repeats=1, out=tmp_path / "proof")
    assert proof.decision is Decision.PROVEN, proof.sentence
    assert len(proof.reruns) == 2

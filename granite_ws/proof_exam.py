"""The proof on trial: does it confirm right verdicts, and never a wrong one?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from granite_ws.errors import GraniteWsError
from granite_ws.faults import BY_NAME, FAULTS
from granite_ws.proof import Decision, prove
from granite_ws.side_by_side import run_all
from granite_ws.trial import run_trial


@dataclass(frozen=True)
class Attempt:
    """One fault: what was diagnosed, what the proof said of that, and of a wrong cause.

    void: why it does not count (the fault had no effect, or the verdict was not right).
    """

    fault: str
    wrong: str
    void: str
    right_decision: str
    right_sentence: str
    wrong_decision: str
    wrong_sentence: str


@dataclass(frozen=True)
class ProofMarks:
    """Shares from 0 to 1; None where nothing was there to count."""

    counted: int
    void: int
    confirmed: float | None
    wrong_proven: int
    wrong_decisions: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def try_proofs(
    faults: Iterable[str],
    *,
    folder: Path,
    at_once: int,
    progress: Callable[[Attempt], None] = lambda _: None,
) -> tuple[Attempt, ...]:
    """For each fault: a session, the proof of its verdict, and a proof of another fault's name,
    which is wrong here; one re-run for each part.
    """
    names = tuple(faults)
    pairs = [(name, wrong_cause(name)) for name in names]
    attempts = []
    for _, attempt in run_all(lambda pair: _attempt(*pair, folder), pairs, at_once=at_once):
        attempts.append(attempt)
        progress(attempt)
    return tuple(sorted(attempts, key=lambda one: names.index(one.fault)))


def wrong_cause(fault: str) -> str:
    """The next fault of the catalogue that is neither this one nor its trigger."""
    names = [other.name for other in FAULTS]
    start = names.index(fault)
    right = (fault, *BY_NAME[fault].also)
    return next(n for n in (*names[start:], *names) if n not in right)


def _attempt(fault: str, wrong: str, folder: Path) -> Attempt:
    try:
        return _prove_both(fault, wrong, folder)
    except GraniteWsError as error:
        return Attempt(fault, wrong, str(error), "", "", "", "")


def _prove_both(fault: str, wrong: str, folder: Path) -> Attempt:
    trial = run_trial(fault, out=folder / fault, seed=1_000)
    void = trial.void or ("" if fault in trial.named[:1] else f"diagnosed {trial.named}")
    if void:
        return Attempt(fault, wrong, void, "", "", "", "")
    right = prove(trial.session, repeats=1, out=folder / f"{fault}-right", blamed=fault)
    other = prove(trial.session, repeats=1, out=folder / f"{fault}-wrong", blamed=wrong)
    return Attempt(
        fault,
        wrong,
        "",
        right.decision.value,
        right.sentence,
        other.decision.value,
        other.sentence,
    )


def mark_proofs(attempts: Iterable[Attempt]) -> ProofMarks:
    """How many right verdicts were proven, and how many wrong ones: that must be none."""
    attempts = tuple(attempts)
    counted = [one for one in attempts if not one.void]
    proven = [one.right_decision == Decision.PROVEN for one in counted]
    return ProofMarks(
        counted=len(counted),
        void=len(attempts) - len(counted),
        confirmed=sum(proven) / len(proven) if proven else None,
        wrong_proven=sum(one.wrong_decision == Decision.PROVEN for one in counted),
        wrong_decisions=dict(Counter(one.wrong_decision for one in counted)),
    )

"""Proof by experiment: without the blamed factor drops vanish, with it alone they appear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from granite_ws import proof_words
from granite_ws.diagnosis.verdict import Outcome, Verdict
from granite_ws.effect import why_void
from granite_ws.faults import BY_NAME
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings
from granite_ws.side_by_side import run_all

_AT_ONCE = 4


class Decision(StrEnum):
    """What the re-runs say about the verdict."""

    PROVEN = "proven"  # every re-run without it held, every one with it alone failed
    NOT_PROVEN = "not proven"  # some did, some did not
    CONTRADICTED = "contradicted"  # it failed without the blamed factor just as well
    IMPOSSIBLE = "impossible"  # nothing here can be run again


@dataclass(frozen=True)
class Rerun:
    """One session that was run to test the verdict.

    part:     ``without`` the blamed factor, or ``only`` that factor.
    failed:   it dropped (or showed the trouble) as the first session did.
    void:     why it does not count, empty where it counts.
    """

    part: str
    folder: Path
    failed: bool
    void: str


@dataclass(frozen=True)
class Proof:
    """The decision, with the re-runs that it rests on.

    impossible: why nothing could be run (``proof_words``), empty where something was.
    """

    cause: str
    decision: Decision
    reruns: tuple[Rerun, ...] = ()
    impossible: str = ""

    @property
    def counts(self) -> proof_words.Counts:
        """How the re-runs that count went."""
        told = ((rerun.part, rerun.failed, rerun.void) for rerun in self.reruns)
        return proof_words.count_reruns(told)

    @property
    def sentence(self) -> str:
        """The decision and its counts in words."""
        decision, cause = self.decision.value, self.cause
        return proof_words.proof_sentence(decision, cause, self.counts, impossible=self.impossible)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``proof.json`` and ``--json``."""
        return {
            "cause": self.cause,
            "decision": self.decision.value,
            "sentence": self.sentence,
            "impossible": self.impossible,
            "reruns": [vars(rerun) | {"folder": str(rerun.folder)} for rerun in self.reruns],
        }


def prove(
    session: Session,
    *,
    repeats: int = 2,
    out: Path,
    blamed: str = "",
    progress: Callable[[float, str], None] = lambda *_: None,
) -> Proof:
    """Tests the verdict on a session by ``repeats`` re-runs without the blamed factor and as many
    with that factor alone, in new folders under ``out``.

    The first part comes first: where every one of its re-runs fails as well, the verdict is
    contradicted, and the second part is spared.

    blamed: the cause to test instead of the verdict's own.

    A verdict without a cause, and a cause that nobody can switch, are IMPOSSIBLE to prove; that
    is said, and nothing is run. Raises as ``run_session``.
    """
    cause = blamed or blamed_cause(judge(session))
    impossible = _why_impossible(session.settings, cause)
    if impossible:
        return Proof(cause or "unknown", Decision.IMPOSSIBLE, impossible=impossible)
    done: list[Rerun] = []
    for part, settings in (
        (proof_words.WITHOUT, without(session.settings, cause)),
        (proof_words.ONLY, only(session.settings, cause)),
    ):
        plans = [(part, out / f"{part}-{number}", settings) for number in range(1, repeats + 1)]
        for _, rerun in run_all(lambda plan: _rerun(*plan), plans, at_once=_AT_ONCE):
            done.append(rerun)
            progress(len(done) / (2 * repeats), f"{part} {cause}")
        if decide(cause, tuple(done)).decision is Decision.CONTRADICTED:
            break
    progress(1.0, "recorded")
    return decide(cause, tuple(sorted(done, key=lambda rerun: str(rerun.folder))))


def blamed_cause(verdict: Verdict) -> str:
    """The cause that a proof is about: the first drop's, else the first trouble's; '' for none."""
    named = [drop.causes[0].cause for drop in verdict.drops if drop.causes]
    named += [finding.cause for finding in verdict.troubles]
    return named[0] if named else ""


def _why_impossible(settings: Settings, blamed: str) -> str:
    if not blamed:
        return proof_words.NO_CAUSE
    if not settings.fault:
        return proof_words.NOTHING_BROKEN
    return "" if blamed in BY_NAME else proof_words.NO_SWITCH


def without(settings: Settings, blamed: str) -> Settings:
    """The same session without the blamed factor; where that was not what was broken, nothing
    changes, and the drops will show it. A trigger goes with the fault that it belongs to.
    """
    if not is_switch(settings, blamed):
        return settings
    return Settings(**{**settings.to_dict(), "fault": ""})


def is_switch(settings: Settings, blamed: str) -> bool:
    """Whether the blamed factor is what was switched on in this session."""
    fault = BY_NAME[settings.fault]
    return blamed in (fault.name, *fault.also)


def only(settings: Settings, blamed: str) -> Settings:
    """A healthy session with the blamed factor and what it needs, and with the same seed."""
    name = settings.fault if is_switch(settings, blamed) else blamed
    return Settings(**BY_NAME[name].session(seed=settings.seed))


def _rerun(part: str, folder: Path, settings: Settings) -> Rerun:
    """A re-run counts only where it was seen to its end, and where what was to be broken broke."""
    session = run_session(settings, out=folder)
    verdict = judge(session)
    failed = bool(verdict.drops) or bool(verdict.troubles)
    fault = BY_NAME.get(settings.fault)
    void = why_void(fault, session.log) if fault else _why_unseen(verdict)
    return Rerun(part, folder, failed, void)


def _why_unseen(verdict: Verdict) -> str:
    """A re-run that nobody watched to its end cannot show that the drops vanished."""
    return verdict.summary if verdict.outcome is Outcome.UNKNOWN else ""


def decide(cause: str, reruns: tuple[Rerun, ...]) -> Proof:
    """The decision from the re-runs that count."""
    proof = Proof(cause, Decision.NOT_PROVEN, reruns)
    counts = proof.counts
    if counts.without and counts.held == 0:
        return replace(proof, decision=Decision.CONTRADICTED)
    both = counts.without and counts.only
    if both and counts.held == counts.without and counts.failed == counts.only:
        return replace(proof, decision=Decision.PROVEN)
    return proof

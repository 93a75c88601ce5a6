"""The section that people came for: what ended the connections, how that is known, what helps."""

from __future__ import annotations

from typing import Any

from granite_ws.advice import Advice, advise
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.proof_words import recorded_sentence
from granite_ws.session import Session
from granite_ws.timeline import Timeline

QUESTION = "What ended them, how is that known, and what helps?"


def cause_rows(session: Session, verdict: Verdict) -> list[dict[str, Any]]:
    """One row for each supported finding: claim, path, where it blocked, advice, proof."""
    given = advise(verdict)
    supported = [f for f in verdict.findings if f.truth is Truth.SUPPORTED]
    return [
        {
            "code": finding.code,
            "cause": finding.cause,
            "claim": finding.claim,
            "blocked_at": finding.blocked_at,
            "limit": finding.limit,
            "strength": finding.strength.value,
            "explains": len(finding.explains),
            "drops": len(verdict.drops),
            "path": _path(finding, verdict.timeline),
            "advice": [_advice(one) for one in given if one.cause == finding.cause]
            or [{"sentence": finding.remedy, "curve": [], "caution": "", "verified": ""}],
            "proof": _proof(session, finding),
            "references": finding.references,
        }
        for finding in supported
    ]


def excluded(verdict: Verdict) -> tuple[list[str], list[Finding]]:
    """Causes that the evidence refutes, and those that could not be judged, with the reason."""
    refuted = [f.cause for f in verdict.findings if f.truth is Truth.REFUTED]
    open_ones = [f for f in verdict.findings if f.truth is Truth.UNKNOWN]
    return refuted, open_ones


def _path(finding: Finding, timeline: Timeline) -> list[dict[str, str]]:
    return [
        {
            "at": f"{timeline.seconds(step.event.at_ns):.3f} s",
            "text": step.text,
            "event": f"{step.event.witness.value}: {step.event.kind.value}",
        }
        for step in finding.path
    ]


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "sentence": advice.sentence,
        "curve": [
            f"with ping_timeout = {timeout:g} s, {left} of {advice.out_of} drops would remain"
            for timeout, left in advice.curve
        ],
        "caution": advice.caution,
        "verified": advice.verified,
    }


def _proof(session: Session, finding: Finding) -> str:
    """What the re-runs said, where this very cause was tested."""
    proof = session.proof
    return recorded_sentence(proof) if proof.get("cause") == finding.cause else ""

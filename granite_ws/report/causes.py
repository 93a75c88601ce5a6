"""The section that people came for: what ended the connections, how that is known, what helps."""

from __future__ import annotations

from typing import Any

from granite_ws.advice import Advice, advise
from granite_ws.diagnosis.finding import Finding, Strength, Truth
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.phrase import say
from granite_ws.proof_words import recorded_sentence
from granite_ws.report.raw import RawEvents
from granite_ws.session import Session
from granite_ws.timeline import Timeline

QUESTION = say("What ended them, how is that known, and what helps?")
# Links to single events beside a claim; the others stand among the raw events.
_SHOWN = 8
_STRENGTHS = {
    Strength.DIRECT: say("direct evidence"),
    Strength.INFERRED: say("inferred evidence"),
}


def cause_rows(session: Session, verdict: Verdict, raw: RawEvents) -> list[dict[str, Any]]:
    """One row for each supported finding: claim, evidence, path, where it blocked, advice, proof.

    raw: where the events that the row refers to are collected.
    """
    given = advise(verdict)
    supported = [f for f in verdict.findings if f.truth is Truth.SUPPORTED]
    return [
        {
            "code": finding.code,
            "cause": finding.cause,
            "claim": finding.claim,
            "blocked_at": finding.blocked_at,
            "limit": finding.limit,
            "strength": _STRENGTHS[finding.strength],
            "explains": len(finding.explains),
            "drops": len(verdict.drops),
            "path": _path(finding, verdict.timeline, raw),
            **_evidence(finding, raw),
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


def _path(finding: Finding, timeline: Timeline, raw: RawEvents) -> list[dict[str, Any]]:
    return [
        {
            "at": say("{at_s:.3f} s", at_s=timeline.seconds(step.event.at_ns)),
            "text": step.text,
            "link": raw.link(step.event),
            "event": f"{step.event.witness.value}: {step.event.kind.value}",
        }
        for step in finding.path
    ]


def _evidence(finding: Finding, raw: RawEvents) -> dict[str, Any]:
    """The first of the events that carry the claim, and how many more there are."""
    links = raw.links(finding.evidence)
    return {
        "evidence": links[:_SHOWN],
        "more_evidence": len(finding.evidence) - len(links[:_SHOWN]),
    }


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "sentence": advice.sentence,
        "curve": [
            say(
                "with ping_timeout = {timeout} s, {left} of {count} drops would remain",
                timeout=f"{timeout:g}",
                left=left,
                count=advice.out_of,
            )
            for timeout, left in advice.curve
        ],
        "caution": advice.caution,
        "verified": advice.verified,
    }


def _proof(session: Session, finding: Finding) -> str:
    """What the re-runs said, where this very cause was tested."""
    proof = session.proof
    return recorded_sentence(proof) if proof.get("cause") == finding.cause else ""

"""One trial: a short session with one fault, validated with open eyes, judged blind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.effect import why_void
from granite_ws.faults import BY_NAME, LAB
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings


@dataclass(frozen=True)
class Trial:
    """What was broken ('' for nothing), whether that had its effect, and what was diagnosed."""

    fault: str
    session: Session
    void: str
    verdict: Verdict

    @property
    def named(self) -> tuple[str, ...]:
        """The causes that the verdict gives, the first drop's first; without repeats."""
        causes = [cause.cause for drop in self.verdict.drops for cause in drop.causes]
        causes += [finding.cause for finding in self.verdict.troubles]
        return tuple(dict.fromkeys(causes))


def run_trial(fault: str, *, out: Path | None = None, **changes: Any) -> Trial:
    """Runs a session under the fault's laboratory settings; ``changes`` win over these.

    fault: a name of the catalogue, or '' for a healthy session. Raises as ``run_session``.
    """
    own = BY_NAME[fault].session(**changes) if fault else {**LAB, "duration_s": 6, **changes}
    session = run_session(Settings.from_mapping(own, where="trial"), out=out)
    return trial_of(session)


def trial_of(session: Session) -> Trial:
    """The trial that a recorded session is."""
    fault = session.settings.fault
    void = why_void(BY_NAME[fault], session.log) if fault else ""
    return Trial(fault, session, void, judge(session))

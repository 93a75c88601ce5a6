"""The exam: every fault and many healthy sessions, run for real, diagnosed blind, marked."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from granite_ws.baselines import symptoms
from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.verdict import CHECKS, Outcome, Verdict, cause_of, diagnose
from granite_ws.edges.clock import Clock
from granite_ws.effect import fault_span_ns
from granite_ws.errors import GraniteWsError, SettingsError
from granite_ws.events import EventLog
from granite_ws.faults import BY_NAME, CONTROLS, FAULTS, Fault
from granite_ws.run import limits_of
from granite_ws.scoring import HEALTHY, UNKNOWN, Row
from granite_ws.session import Session
from granite_ws.side_by_side import run_all
from granite_ws.trial import Trial, run_trial

# A fault's traces begin with it; a clock of another process may be read a moment earlier.
_BEFORE_NS = 500_000_000
_AFTER_NS = 15_000_000_000


@dataclass(frozen=True)
class Question:
    """One session of the exam: a fault's name, a control's, or '' for plain health."""

    name: str
    repeat: int


def questions(
    faults: Iterable[str], *, repeats: int, healthy: int, controls: Iterable[str] = ()
) -> tuple[Question, ...]:
    """The plan: each fault and each control ``repeats`` times, and ``healthy`` plain sessions.

    Rounds over all names rather than name after name, so that a slow hour of the machine meets
    them all alike.
    """
    names = (*faults, *controls)
    planned = [Question(name, n) for n in range(repeats) for name in names]
    step = max(1, len(planned) // max(healthy, 1))
    for number in range(healthy):
        planned.insert(min(number * (step + 1), len(planned)), Question("", number))
    return tuple(planned)


def sit(
    planned: Iterable[Question],
    *,
    folder: Path,
    at_once: int,
    progress: Callable[[Row], None] = lambda _: None,
    keep: bool = False,
) -> tuple[Row, ...]:
    """Runs every question, ``at_once`` of them side by side, each in a folder under ``folder``.

    keep: leave the folders of right answers, too; wrong, void and alarmed ones always stay.
    """
    rows = []
    for _, row in run_all(lambda asked: _answer(asked, folder), planned, at_once=at_once):
        good = row.right if row.fault else row.answer == HEALTHY
        if good and not keep and not row.void:
            shutil.rmtree(row.folder, ignore_errors=True)
        rows.append(row)
        progress(row)
    return tuple(rows)


def _answer(question: Question, folder: Path) -> Row:
    name = question.name or HEALTHY
    out = folder / f"{name}-{question.repeat}"
    clock = Clock()
    begun = clock.now_ns()
    try:
        trial = run_trial(question.name, out=out, seed=question.repeat)
    except GraniteWsError as error:
        # What one fault needs may be missing here (Node, gunicorn); the others go on.
        return _void(question, str(error), out)
    return read_row(trial, question.repeat, seconds=(clock.now_ns() - begun) / 1e9)


def _void(question: Question, why: str, out: Path) -> Row:
    fault = "" if question.name in {c.name for c in CONTROLS} else question.name
    return Row(
        fault=fault,
        repeat=question.repeat,
        accepted=(),
        void=why,
        answer=UNKNOWN,
        ranked=(),
        grounded=False,
        strength="",
        unseen=UNKNOWN,
        symptoms={},
        group="" if fault else question.name or "plain",
        folder=str(out),
    )


def read_row(trial: Trial, repeat: int, *, seconds: float = 0.0) -> Row:
    """The row of one trial: the blind verdict, the one without this fault's rules, the readers."""
    fault = BY_NAME.get(trial.fault)
    healthy = fault is None or fault in CONTROLS
    accepted = () if fault is None or healthy else (fault.name, *fault.also)
    ranked = ranking(trial.verdict)
    main = _main_finding(trial.verdict, ranked[0])
    return Row(
        fault="" if healthy else trial.fault,
        repeat=repeat,
        accepted=accepted,
        void=trial.void,
        answer=ranked[0],
        ranked=ranked,
        grounded=bool(fault and main and grounded(main, trial.session.log, fault)),
        strength=main.strength.value if main else "",
        unseen=ranking(_without_rules(trial.session, accepted))[0],
        symptoms=symptoms(trial.verdict.timeline, limits_of(trial.session.settings)),
        dropped=bool(trial.verdict.drops),
        group=(trial.fault or "plain") if healthy else "",
        seconds=seconds,
        folder=str(trial.session.folder),
    )


def ranking(verdict: Verdict) -> tuple[str, ...]:
    """Causes by how many drops they explain, then troubles; at least one word.

    ``healthy`` only where the connections were seen to hold; a session that nobody saw to its end
    is ``unknown`` like a drop without a cause.
    """
    counts = Counter(drop.cause for drop in verdict.drops)
    causes = [cause for cause, _ in counts.most_common()]
    further = [c.cause for drop in verdict.drops for c in drop.causes[1:]]
    troubles = [finding.cause for finding in verdict.troubles]
    named = tuple(dict.fromkeys([*causes, *further, *troubles]))
    if named:
        return named
    return (HEALTHY,) if verdict.outcome is Outcome.HELD else (UNKNOWN,)


def _main_finding(verdict: Verdict, answer: str) -> Finding | None:
    supported = [f for drop in verdict.drops for f in drop.causes] + list(verdict.troubles)
    return next((finding for finding in supported if finding.cause == answer), None)


def _without_rules(session: Session, causes: tuple[str, ...]) -> Verdict:
    kept = tuple(check for check in CHECKS if cause_of(check) not in causes)
    return diagnose(session.log, limits_of(session.settings), checks=kept)


def grounded(finding: Finding, log: EventLog, fault: Fault) -> bool:
    """The path is of this log, in order of time, and passes through the time of the fault."""
    events = [step.event for step in finding.path]
    if len(events) < 2 or any(event not in log.events for event in events):
        return False
    begun, ended = fault_span_ns(fault, log)
    ordered = all(a.at_ns <= b.at_ns for a, b in pairwise(events))
    through = any(begun - _BEFORE_NS <= e.at_ns <= ended + _AFTER_NS for e in events)
    return ordered and through


def chosen_faults(names: str) -> tuple[str, ...]:
    """Names that stand with commas between them. Raises SettingsError for one that is no fault."""
    chosen = tuple(dict.fromkeys(name.strip() for name in names.split(",")))
    known = all_faults()
    for name in chosen:
        if name not in known:
            raise SettingsError(
                "faults", name, allowed=f"must be one of {', '.join(known)}", where="faults"
            )
    return chosen


def all_faults() -> tuple[str, ...]:
    """The catalogue's names."""
    return tuple(fault.name for fault in FAULTS)

"""An advice is worth what its re-run says: the same session with the advised setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from granite_ws.advice import Advice, advise
from granite_ws.diagnosis.verdict import Outcome
from granite_ws.effect import why_void
from granite_ws.faults import BY_NAME
from granite_ws.phrase import say, say_many
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import RULES, Settings
from granite_ws.side_by_side import run_all

_AT_ONCE = 4


def verified_advice(
    session: Session,
    *,
    repeats: int = 2,
    out: Path,
    progress: Callable[[float, str], None] = lambda *_: None,
) -> tuple[Advice, ...]:
    """The advice on a session, each change of a setting tested by ``repeats`` re-runs under
    ``out``; a change of code is given as it is, unverified. Raises as ``run_session``.
    """
    given = advise(judge(session))
    plans = [
        (number, out / f"{advice.setting}-{number}-{repeat}", changed)
        for number, advice in enumerate(given)
        if (changed := with_advice(session.settings, advice)) is not None
        for repeat in range(1, repeats + 1)
    ]
    drops: dict[int, list[int | None]] = {}
    counted = run_all(lambda plan: _count_drops(plan[1], plan[2]), plans, at_once=_AT_ONCE)
    for done, ((number, _, _), count) in enumerate(counted, 1):
        drops.setdefault(number, []).append(count)
        progress(done / len(plans), f"with {given[number].setting}")
    progress(1.0, "recorded")
    return tuple(
        replace(advice, verified=sentence(drops[number])) if number in drops else advice
        for number, advice in enumerate(given)
    )


def with_advice(settings: Settings, advice: Advice) -> Settings | None:
    """The same session with the advised setting; None where the advice is no setting of ours.

    What was broken on purpose stays broken, and lasts as long.
    """
    if advice.setting not in RULES:
        return None
    return Settings.from_mapping(
        {**settings.to_dict(), advice.setting: advice.value}, where="advice"
    )


def _count_drops(folder: Path, settings: Settings) -> int | None:
    """Drops and troubles of a re-run; None where it shows nothing: nobody saw its end, or what
    was to be broken did not break.
    """
    session = run_session(settings, out=folder)
    verdict = judge(session)
    if verdict.outcome is Outcome.UNKNOWN or not _was_tried(session):
        return None
    return len(verdict.drops) + len(verdict.troubles)


def _was_tried(session: Session) -> bool:
    """Whether what was broken on purpose had its own effect; that nobody dropped is the point."""
    fault = BY_NAME.get(session.settings.fault)
    return fault is None or not why_void(replace(fault, hits=()), session.log)


def sentence(drops: list[int | None]) -> str:
    """What the re-runs showed, with the number of those that count."""
    counted = [count for count in drops if count is not None]
    if not counted:
        return say("Not verified: no re-run counted.")
    held = sum(count == 0 for count in counted)
    if held == len(counted):
        return say_many(
            "Verified: with it, {held} of {count} re-run held.",
            "Verified: with it, {held} of {count} re-runs held.",
            len(counted),
            held=held,
        )
    return say_many(
        "Not verified: with it, only {held} of {count} re-run held.",
        "Not verified: with it, only {held} of {count} re-runs held.",
        len(counted),
        held=held,
    )

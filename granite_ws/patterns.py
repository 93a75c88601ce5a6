"""Patterns over many sessions: the seed's three questions and three more, each as a test.

A pattern is named only where it is both improbable by chance (Holm's p over all questions that
could be asked) and strong (nearly constant); everything else is "no", or "not enough data".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from granite_ws.losses import Loss, Watch
from granite_ws.phrase import mark, say

YES, NO, NOT_ENOUGH = mark("yes"), mark("no"), mark("not enough data")
ALPHA = 0.05
# Five alike values of a uniform have CV <= 0.1 in about 2 of 1,000 draws (simulated):
# after Holm's factor of six that is still a finding; four alike are not.
MIN_LOSSES = 5
# What is called constant: a standard deviation of at most a tenth of the mean.
CONSTANT_CV = 0.1
# R = exp(-s²/2): 0.9 is a circular standard deviation of 1.75 hours.
PARTICULAR_HOUR_R = 0.9
# A watch of 4.2 hours in one stretch has R = 0.95: it cannot tell one hour from another.
NARROW_WATCH_R = 0.95
DRAWS, SEED = 9_999, 20_260_101

Numbers = NDArray[np.float64]
Draw = Callable[..., Numbers]


@dataclass(frozen=True)
class Pattern:
    """One question answered.

    effect:  its size, named by ``effect_name``; both kinds are without a unit.
    p_value: of this test alone; ``p_holm`` is corrected for all questions that could be asked.
    value:   the constant that was found or the middle of what was not one, in ``unit``.
    count:   drops that speak to the question, those within a second of each other as one.
    test:    the test's name and its null hypothesis.
    """

    question: str
    answer: str
    effect: float | None
    effect_name: str
    p_value: float | None
    p_holm: float | None
    value: float | None
    unit: str
    count: int
    test: str
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


def find_patterns(watches: Iterable[Watch]) -> tuple[Pattern, ...]:
    """The six questions in order. The same watches give the same answers: the seed is fixed.

    Ages and counts are compared with a uniform from 0: a loss that may come at any moment has a
    decreasing density of its age, whatever the rate and however the watch was cut, and so has the
    time since the last packet; every such density is a mixture of uniforms from 0 (Khinchine),
    so its CV is at least the uniform's, 0.577. The test errs to the side of "no".
    """
    watched = tuple(watches)
    losses = [loss for one in watched for loss in one.losses]
    uniform = np.random.default_rng(SEED).uniform
    sizes = [size for one in watched for size in one.payloads]
    asked = (
        _counted(say("Always the same iteration?"), losses, "iteration", watched),
        _counted(
            say("Always after the same number of predictions?"), losses, "predictions", watched
        ),
        _hour(watched),
        _constant(
            say("At a constant connection age?"), _of(losses, "connection_age_s"), uniform, "s"
        ),
        _constant(say("At a constant idle age?"), _of(losses, "idle_age_s"), uniform, "s"),
        _constant(
            say("At a constant payload size?"),
            _of(losses, "payload_bytes"),
            _any_of(sizes),
            "bytes",
        ),
    )
    return _holm(asked)


def _of(losses: Sequence[Loss], name: str) -> list[float]:
    return [value for loss in losses if (value := getattr(loss, name)) is not None]


def _any_of(sizes: Sequence[int]) -> Draw:
    generator = np.random.default_rng(SEED)
    return lambda size: generator.choice(np.asarray(sizes, dtype=float), size)


_NULLS = {
    "s": say("a uniform from 0, the least dispersed age of a drop that may come at any moment"),
    "iterations": say("any iteration up to the last one watched, equally likely"),
    "predictions": say("any count up to the most that one connection saw, equally likely"),
    "bytes": say("any message of these sessions, equally likely"),
}


def _counted(
    question: str, losses: Sequence[Loss], name: str, watched: Sequence[Watch]
) -> Pattern:
    """Counts by the number of the one that was due, so that "after none" has a CV too."""
    due = 1 if name == "predictions" else 0
    unit = say("predictions") if due else say("iterations")
    most = max((getattr(one, str(unit)) for one in watched), default=0) + due
    numbers = [value + due for value in _of(losses, name)]
    generator = np.random.default_rng(SEED)

    def draw(size: tuple[int, ...]) -> Numbers:
        top = max(most, *map(int, numbers), 1)
        return generator.integers(1, top, size, endpoint=True).astype(float)

    return _constant(question, numbers, draw, unit, due=due)


def _constant(
    question: str, values: Sequence[float], draw: Draw, unit: str, *, due: int = 0
) -> Pattern:
    test = say(
        "scipy.stats.monte_carlo_test of the coefficient of variation; null: {null}",
        null=_NULLS[unit],
    )
    name, count = say("coefficient of variation"), len(values)
    if count < MIN_LOSSES:
        few = say("{count} drops; {least} are the least", count=count, least=MIN_LOSSES)
        return _unasked(question, name, unit=unit, count=count, test=test, note=few)
    sample = np.asarray(values, dtype=float)
    p = _p_value(sample, draw, _variation, "less")
    effect, middle = float(_variation(sample)), float(np.median(sample)) - due
    answer = YES if effect <= CONSTANT_CV else NO
    return Pattern(question, answer, effect, name, p, None, middle, unit, count, test)


def _hour(watched: Sequence[Watch]) -> Pattern:
    """One drop a session, its first: those that follow are near it for no other reason.

    Where most sessions drop, the null holds the very hours of the drops and errs to "no".
    """
    question, name = say("At a particular hour?"), say("resultant length R")
    unit = say("h UTC")
    test = say(
        "scipy.stats.monte_carlo_test of the resultant length R (Rayleigh's statistic); "
        "null: any moment of the time watched, equally likely"
    )
    firsts = [loss.hour_utc for one in watched for loss in one.losses[:1]]
    hours = np.asarray([hour for hour in firsts if hour is not None], dtype=float)
    if len(hours) < MIN_LOSSES:
        few = say(
            "{count} sessions with a drop and a date; {least} are the least",
            count=len(hours),
            least=MIN_LOSSES,
        )
        return _unasked(question, name, unit=unit, count=len(hours), test=test, note=few)
    draw = _moments(watched)
    if _resultant(draw((DRAWS,))) >= NARROW_WATCH_R:
        narrow = say("the sessions cover too little of the day")
        return _unasked(question, name, unit=unit, count=len(hours), test=test, note=narrow)
    effect = float(_resultant(hours))
    p = _p_value(hours, draw, _resultant, "greater")
    middle = float(stats.circmean(hours, high=24))
    answer = YES if effect >= PARTICULAR_HOUR_R else NO
    return Pattern(question, answer, effect, name, p, None, middle, unit, len(hours), test)


def _moments(watched: Sequence[Watch]) -> Draw:
    spans = [(one.begun_hour_utc, one.hours) for one in watched if one.begun_hour_utc is not None]
    begun, lengths = np.asarray(spans, dtype=float).T
    weights = (lengths + 1e-9) / (lengths + 1e-9).sum()  # a watch of one moment is one too
    generator = np.random.default_rng(SEED)

    def draw(size: tuple[int, ...]) -> Numbers:
        which = generator.choice(len(begun), size, p=weights)
        return (begun[which] + generator.uniform(size=size) * lengths[which]) % 24

    return draw


def _p_value(
    sample: Numbers, draw: Draw, statistic: Callable[..., Any], alternative: str
) -> float:
    found = stats.monte_carlo_test(
        sample,
        lambda size: draw(size=size),
        statistic,
        vectorized=True,
        n_resamples=DRAWS,
        alternative=alternative,
    )
    return float(found.pvalue)


def _variation(values: Numbers, axis: int = -1) -> Any:
    mean = values.mean(axis=axis)
    spread = values.std(axis=axis, ddof=1)
    return np.where(mean > 0, spread / np.where(mean > 0, mean, 1.0), 0.0)


def _resultant(hours: Numbers, axis: int = -1) -> Any:
    """R of directions on the day's circle, 0 (all around) to 1 (one moment)."""
    return np.abs(np.exp(2j * np.pi * hours / 24).mean(axis=axis))


def _unasked(question: str, name: str, *, unit: str, count: int, test: str, note: str) -> Pattern:
    return Pattern(question, NOT_ENOUGH, None, name, None, None, None, unit, count, test, note)


def _holm(asked: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979, p. 65-70)."""
    ranked = sorted((p.p_value, i) for i, p in enumerate(asked) if p.p_value is not None)
    corrected: dict[int, float] = {}
    floor = 0.0
    for rank, (p_value, index) in enumerate(ranked):
        floor = max(floor, min(1.0, (len(ranked) - rank) * p_value))
        corrected[index] = floor
    return tuple(_judged(p, corrected.get(i)) for i, p in enumerate(asked))


def _judged(pattern: Pattern, p_holm: float | None) -> Pattern:
    if p_holm is None:
        return pattern
    answer = pattern.answer if p_holm <= ALPHA else NO
    return Pattern(**{**vars(pattern), "p_holm": p_holm, "answer": answer})

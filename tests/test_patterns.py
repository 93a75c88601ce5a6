"""Six questions: constants are found, chance is not, little data is said to be little."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from granite_ws.losses import Loss, Watch
from granite_ws.patterns import (
    ALPHA,
    MIN_LOSSES,
    NO,
    NOT_ENOUGH,
    YES,
    Pattern,
    find_patterns,
)

NAMES = ("iteration", "predictions", "hour", "connection_age", "idle_age", "payload")


def answers(watches: list[Watch]) -> dict[str, Pattern]:
    return dict(zip(NAMES, find_patterns(watches), strict=True))


def by_chance(generator: np.random.Generator, sessions: int) -> list[Watch]:
    """Sessions all around the clock whose one drop may come at any moment of them."""
    watches = []
    for number in range(sessions):
        age, begun = generator.uniform(0, 600), generator.uniform(0, 24)
        sizes = tuple(map(int, generator.integers(5_000, 20_000, 100)))
        loss = Loss(
            f"s{number}",
            iteration=int(age) + 1,
            predictions=int(age),
            hour_utc=(begun + age / 3600) % 24,
            connection_age_s=age,
            idle_age_s=generator.uniform(0, 5),
            payload_bytes=sizes[int(age / 6)],
        )
        watches.append(Watch(loss.session, (loss,), 600, 600, sizes, begun, 600 / 3600))
    return watches


def with_losses(watches: list[Watch], **fields: Any) -> list[Watch]:
    return [replace(w, losses=tuple(replace(x, **fields) for x in w.losses)) for w in watches]


def test_chance_is_called_a_pattern_about_as_often_as_alpha() -> None:
    """300 times ten drops by chance: each p is uniform, and any "yes" at most in alpha of them.

    Most sessions held, as the hour's null needs: where each one drops, it errs to "no".
    """
    generator = np.random.default_rng(7)
    runs = []
    for _ in range(300):
        quiet = [Watch("q", begun_hour_utc=h, hours=1 / 6) for h in generator.uniform(0, 24, 200)]
        runs.append(answers([*by_chance(generator, 10), *quiet]))
    for name in NAMES:
        p_values = [run[name].p_value for run in runs]
        assert 0.02 <= np.mean(np.asarray(p_values, dtype=float) <= ALPHA) <= 0.09, name
        assert stats.kstest(p_values, "uniform").pvalue > 0.001, name
    alarms = sum(any(pattern.answer == YES for pattern in run.values()) for run in runs)
    assert alarms <= 300 * ALPHA


def test_a_memoryless_drop_is_no_constant() -> None:
    """Exponential ages are more dispersed than the null: rejected less often than alpha."""
    generator = np.random.default_rng(8)
    below = 0
    for _ in range(200):
        ages = generator.exponential(30, 10)
        watches = [Watch(str(i), (Loss("s", connection_age_s=age),)) for i, age in enumerate(ages)]
        below += (answers(watches)["connection_age"].p_value or 1) <= ALPHA
    assert below <= 200 * ALPHA / 2


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"iteration": 42}, "iteration", 42),
        ({"predictions": 17}, "predictions", 17),
        ({"predictions": 0}, "predictions", 0),
        ({"connection_age_s": 2.5}, "connection_age", 2.5),
        ({"idle_age_s": 1.5}, "idle_age", 1.5),
        ({"payload_bytes": 19_999}, "payload", 19_999),
        ({"hour_utc": 23.9}, "hour", 23.9),
    ],
)
def test_a_constant_is_found(fields: dict[str, float], name: str, value: float) -> None:
    """One thing constant among six by chance: that question is "yes", every other one is not."""
    found = answers(with_losses(by_chance(np.random.default_rng(3), 8), **fields))
    assert [name] == [key for key, pattern in found.items() if pattern.answer == YES]
    assert value == pytest.approx(found[name].value)
    assert (found[name].p_holm or 1) <= ALPHA


def test_a_nearly_constant_age_is_found_with_its_middle() -> None:
    """A proxy's 60 s with 2 s of noise: yes, about 60 s, CV about 0.03."""
    generator = np.random.default_rng(4)
    watches = by_chance(generator, 6)
    noisy = [with_losses([w], connection_age_s=60 + generator.normal(0, 2))[0] for w in watches]
    found = answers(noisy)["connection_age"]
    assert (YES, "s") == (found.answer, found.unit)
    assert 60 == pytest.approx(found.value, abs=3)
    assert 0.01 < (found.effect or 0) < 0.07


def test_hours_on_both_sides_of_midnight_are_near() -> None:
    """23:30 to 0:30 is one hour of the day, not two ends of it."""
    watches = by_chance(np.random.default_rng(5), 8)
    late = [
        with_losses([w], hour_utc=hour)[0]
        for w, hour in zip(watches, np.linspace(-0.5, 0.5, 8) % 24, strict=True)
    ]
    found = answers(late)["hour"]
    assert YES == found.answer
    assert min(found.value or 12, 24 - (found.value or 12)) < 0.1


def test_below_the_least_count_nothing_is_answered() -> None:
    """Four drops are not enough for any question, five are for each; alike as they may be."""
    few = with_losses(by_chance(np.random.default_rng(6), MIN_LOSSES - 1), iteration=42)
    for pattern in find_patterns(few):
        assert (NOT_ENOUGH, None, None) == (pattern.answer, pattern.p_value, pattern.effect)
        assert str(MIN_LOSSES) in pattern.note
    enough = with_losses(by_chance(np.random.default_rng(6), MIN_LOSSES), iteration=42)
    found = answers(enough)
    assert NOT_ENOUGH not in {pattern.answer for pattern in found.values()}
    assert YES == found["iteration"].answer


def test_no_session_at_all_is_not_enough_data() -> None:
    """Nothing in: six times "not enough data"."""
    assert [NOT_ENOUGH] * 6 == [pattern.answer for pattern in find_patterns([])]


def test_equal_payloads_everywhere_are_no_pattern() -> None:
    """Drops at 8,000 bytes say nothing where every message has 8,000 bytes."""
    watches = [
        replace(w, payloads=(8_000,) * 50)
        for w in with_losses(by_chance(np.random.default_rng(9), 8), payload_bytes=8_000)
    ]
    found = answers(watches)["payload"]
    assert (NO, 1.0) == (found.answer, found.p_value)


def test_an_hour_needs_other_hours_to_stand_against() -> None:
    """Sessions of one afternoon cannot accuse the afternoon."""
    watches = [
        replace(w, begun_hour_utc=14.0, hours=1.0)
        for w in with_losses(by_chance(np.random.default_rng(10), 8), hour_utc=14.5)
    ]
    found = answers(watches)["hour"]
    assert NOT_ENOUGH == found.answer
    assert "too little of the day" in found.note


def test_many_drops_of_one_bad_night_are_one() -> None:
    """For the hour a session counts once, so one session cannot make a pattern."""
    watches = by_chance(np.random.default_rng(11), 4)
    bad = Watch("bad", tuple(Loss("bad", hour_utc=3.0) for _ in range(50)), begun_hour_utc=2.9)
    assert 5 == answers([*watches, bad])["hour"].count


def test_watched_around_the_clock_the_hour_test_is_rayleighs() -> None:
    """p of R agrees with Rayleigh's p as Zar gives it (Biostatistical Analysis, eq. 27.4)."""
    generator = np.random.default_rng(12)
    hours = generator.vonmises(0, 0.7, 12) * 24 / (2 * np.pi) % 24
    watches = [
        Watch(str(i), (Loss("s", hour_utc=hour),), begun_hour_utc=2.0 * i, hours=24.0)
        for i, hour in enumerate(hours)
    ]
    found = answers(watches)["hour"]
    angles = hours * 2 * np.pi / 24
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    length = stats.directional_stats(directions).mean_resultant_length
    assert length == pytest.approx(found.effect)
    n, total = len(hours), len(hours) * length
    rayleigh = np.exp(np.sqrt(1 + 4 * n + 4 * (n**2 - total**2)) - (1 + 2 * n))
    assert rayleigh == pytest.approx(found.p_value, abs=0.02)


def test_the_correction_is_holms() -> None:
    """Sorted p-values times the number of tests left, never falling, as in the definition."""
    found = find_patterns(by_chance(np.random.default_rng(13), 9))
    ranked = sorted(found, key=lambda pattern: pattern.p_value or 0)
    steps = [(len(ranked) - i) * (p.p_value or 0) for i, p in enumerate(ranked)]
    assert [min(1.0, max(steps[: i + 1])) for i in range(6)] == [p.p_holm for p in ranked]


values = st.none() | st.integers(0, 100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(values, values, values, values), max_size=12), st.integers(0, 3))
def test_any_rows_give_six_lawful_answers(rows: list[Any], split: int) -> None:
    """Whatever is missing or alike: six answers, p in (0, 1], a note where there is no p."""
    losses = [
        Loss("s", iteration=a, connection_age_s=b, payload_bytes=c, hour_utc=d and d % 24)
        for a, b, c, d in rows
    ]
    sizes = tuple(x.payload_bytes for x in losses if x.payload_bytes is not None)
    clock = {"begun_hour_utc": 1.0, "hours": 20.0}
    watches = [
        Watch("a", tuple(losses[split:]), payloads=sizes, **clock),
        *(Watch("b", (loss,), **clock) for loss in losses[:split]),
    ]
    for pattern in find_patterns(watches):
        assert pattern.answer in {YES, NO, NOT_ENOUGH}
        if pattern.answer == NOT_ENOUGH:
            assert pattern.note
        else:
            assert 0 < (pattern.p_value or 0) <= (pattern.p_holm or 0) <= 1


def test_the_same_sessions_give_the_same_answers() -> None:
    """No luck: two calls are equal."""
    watches = by_chance(np.random.default_rng(14), 7)
    assert find_patterns(watches) == find_patterns(watches)

"""Two samples of one number: intervals and p-values against known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from granite_ws import difference
from granite_ws.difference import (
    ALPHA,
    Difference,
    holm,
    of_groups,
    of_pairs,
    of_quantiles,
    of_shares,
)

NUMBERS = st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), max_size=12)


def mirrored(one: Difference, other: Difference) -> None:
    assert (one.a, one.b, one.count_a, one.count_b) == (
        other.b,
        other.a,
        other.count_b,
        other.count_a,
    )
    for mine, theirs in ((one.change, other.change), (one.low, other.high), (one.high, other.low)):
        assert (mine is None) == (theirs is None)
        assert mine is None or mine == pytest.approx(-theirs, abs=1e-9)
    assert one.p_value == (None if other.p_value is None else pytest.approx(other.p_value))


def test_the_interval_of_a_median_is_scipys() -> None:
    """Independent measurements give what scipy's own bootstrap gives, within its noise."""
    draw = np.random.default_rng(1)
    a, b = draw.normal(0, 1, 150), draw.normal(0.5, 1, 150)
    found = of_quantiles(a.tolist(), b.tolist(), 50)
    known = stats.bootstrap(
        (a, b),
        lambda x, y, axis: np.median(y, axis=axis) - np.median(x, axis=axis),
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert found.low == pytest.approx(known.low, abs=0.08)
    assert found.high == pytest.approx(known.high, abs=0.08)
    assert found.change == pytest.approx(np.median(b) - np.median(a))


def test_measurements_that_follow_each_other_are_less_certain() -> None:
    """A slow drift gives a wider interval than the same numbers shuffled."""
    draw = np.random.default_rng(3)
    drifting = np.cumsum(draw.normal(0, 1, 300))
    shuffled = draw.permutation(drifting)
    widths = []
    for sample in (drifting, shuffled):
        low, high = of_quantiles(sample.tolist(), [0.0] * 20, 50).within_a or (0, 0)
        widths.append(high - low)
    assert widths[0] > 1.5 * widths[1] > 0


def test_a_percentile_needs_enough_measurements() -> None:
    """A 99th percentile of 99 numbers is their largest: there is no interval, and no p."""
    few, enough = list(range(99)), list(range(100))
    found = of_quantiles(few, enough, 99)
    assert (None, None) == (found.low, found.p_value)
    assert of_quantiles(enough, enough, 99).p_value is not None
    assert "10 " in of_quantiles([1.0] * 9, [1.0] * 20, 50).note


def test_shares_are_fishers_wilsons_and_newcombes() -> None:
    """56 of 70 and 48 of 80: Newcombe's own example (method 10), 0.0524 to 0.3339."""
    found = of_shares(48, 80, 56, 70)
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)
    assert found.p_value == stats.fisher_exact([[48, 32], [56, 14]]).pvalue
    wilson = stats.binomtest(48, 80).proportion_ci(method="wilson")
    assert found.within_a == (wilson.low, wilson.high)


def test_one_drop_of_one_is_not_enough() -> None:
    """No table of one against one reaches 0.05: nothing is tested; equal shares are."""
    assert of_shares(1, 1, 0, 1).p_value is None
    assert of_shares(0, 1, 0, 1).p_value == 1
    assert of_shares(0, 0, 1, 1).a is None
    assert of_shares(0, 4, 4, 4).p_value == pytest.approx(2 / 70)


def test_groups_are_mann_whitneys_and_hodges_lehmanns() -> None:
    """5 against 5: critical U is 2, so the 3rd and the 23rd of 25 differences bound the shift."""
    a, b = [1.1, 2.2, 3.3, 4.4, 5.1], [6.0, 7.0, 8.0, 9.0, 10.3]
    found = of_groups(a, b)
    apart = sorted(y - x for x in a for y in b)
    assert (apart[2], apart[22], apart[12]) == (found.low, found.high, found.change)
    assert found.p_value == stats.mannwhitneyu(b, a).pvalue == pytest.approx(2 / 252)


def test_pairs_are_wilcoxons() -> None:
    """10 pairs: critical W is 8, so the 9th of 55 means bounds the change (Hollander & Wolfe)."""
    b = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0, 5.5, 3.5]
    found = of_pairs([0.0] * 10, b)
    means = sorted((b[i] + b[j]) / 2 for i in range(10) for j in range(i, 10))
    assert (means[8], means[46]) == (found.low, found.high)
    assert found.p_value == pytest.approx(2 / 2**10)


@pytest.mark.parametrize("size", [3, 6, 45])
def test_the_rank_distributions_are_distributions(size: int) -> None:
    """Exact or normal: they add up to one and are symmetric; 3 against 3 is 1 of 20 at the end."""
    for chances in (difference._mann_whitney(size, size), difference._signed_ranks(size)):
        assert chances.sum() == pytest.approx(1)
        assert chances == pytest.approx(chances[::-1])
    assert difference._mann_whitney(3, 3)[0] == pytest.approx(1 / 20)


def test_too_few_sessions_are_not_tested() -> None:
    """3 against 3, and 5 pairs, could never reach 0.05."""
    assert of_groups([1, 2, 3], [7, 8, 9]).p_value is None
    assert of_groups([1, 2, 3, 4], [7, 8, 9, 10]).p_value is not None
    assert of_pairs([0] * 5, [1] * 5).p_value is None
    assert of_groups([], [1.0]) == Difference(None, 1.0, 0, 1)
    assert of_pairs([], []).change is None


@given(NUMBERS, NUMBERS)
@settings(max_examples=60, deadline=None)
def test_groups_mirror(a: list[float], b: list[float]) -> None:
    """Whoever is called A: the same p, the interval with the other sign."""
    mirrored(of_groups(a, b), of_groups(b, a))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=12))
@settings(max_examples=15, deadline=None)
def test_pairs_mirror(pairs: list[tuple[int, int]]) -> None:
    """Whoever is called A, ties and zeros included."""
    a, b = [float(x) for x, _ in pairs], [float(y) for _, y in pairs]
    mirrored(of_pairs(a, b), of_pairs(b, a))


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=80, deadline=None)
def test_shares_mirror(a: int, more_a: int, b: int, more_b: int) -> None:
    """Whoever is called A."""
    mirrored(of_shares(a, a + more_a, b, b + more_b), of_shares(b, b + more_b, a, a + more_a))


def test_quantiles_mirror() -> None:
    """The same draws whoever is called A."""
    draw = np.random.default_rng(5)
    a, b = draw.normal(0, 1, 40).tolist(), draw.normal(1, 2, 60).tolist()
    mirrored(of_quantiles(a, b, 50), of_quantiles(b, a, 50))


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_anything_surer(p_values: list[float]) -> None:
    """Corrected values are no smaller, keep their order, and reject what Holm's steps reject."""
    corrected = holm(p_values)
    assert all(c is not None and c >= p for p, c in zip(p_values, corrected, strict=True))
    rejected = 0
    for rank, p in enumerate(sorted(p_values)):
        if (len(p_values) - rank) * p > ALPHA:
            break
        rejected += 1
    assert rejected == sum(c is not None and c <= ALPHA for c in corrected)


def test_what_was_not_tested_costs_nothing() -> None:
    """None stays None and does not count: 0.02 and 0.03 become 0.04 and 0.04."""
    assert [pytest.approx(0.04), None, pytest.approx(0.04)] == holm([0.02, None, 0.03])

"""Two samples of one number: how far apart, how sure, and whether chance alone would do.

Every function is symmetric: the samples in the other order give the mirrored answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from granite_ws.phrase import say

LEVEL = 0.95
ALPHA = 1 - LEVEL
DRAWS, SEED = 2_000, 20_260_101
# Fewer single measurements have no interval worth drawing.
MIN_MEASURED = 10
# Beyond this the distribution of a rank statistic is normal to three places.
_EXACT_UP_TO = 40

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """What B has more than A.

    a, b:      the number itself on each side; None where it was not measured.
    change:    the estimate of B minus A; ``low`` and ``high`` are its 95 % interval.
    p_value:   two-sided, of this test alone; None where nothing could be tested.
    count_a, count_b: what the numbers were made from: measurements, connections or sessions.
    within_a, within_b: the 95 % interval of the number on each side, where there is one.
    test:      its name; note: why there is none, or what to bear in mind.
    """

    a: float | None
    b: float | None
    count_a: int
    count_b: int
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    within_a: tuple[float, float] | None = None
    within_b: tuple[float, float] | None = None
    test: str = ""
    note: str = ""


def of_quantiles(a: Sequence[float], b: Sequence[float], share: float) -> Difference:
    """A percentile (0 to 100) of single measurements of two sessions, in the order they were made.

    Bootstrap percentile intervals; whole blocks of neighbours are drawn (circular block bootstrap,
    Politis & Romano 1992, blocks of the cube root of the length), since a slow moment slows what
    comes next: single measurements would look more certain than they are.
    """
    least = max(MIN_MEASURED, math.ceil(100 / (100 - share)))
    own = (_quantile(a, share), _quantile(b, share))
    found = Difference(*own, len(a), len(b))
    if min(len(a), len(b)) < least:
        note = say("{least} measurements on each side are the least", least=least)
        return replace(found, change=_minus(*own), note=note)
    later = tuple(a) > tuple(b)  # each sample keeps its draws, whichever is called A
    drawn_a, drawn_b = _resampled(a, share, int(later)), _resampled(b, share, int(not later))
    low, high = _interval(drawn_b - drawn_a)
    return replace(
        found,
        change=_minus(*own),
        low=low,
        high=high,
        p_value=_two_sided(drawn_b - drawn_a),
        within_a=_interval(drawn_a),
        within_b=_interval(drawn_b),
        test=say("block bootstrap of the difference, {draws} draws", draws=DRAWS),
    )


def of_shares(hits_a: int, count_a: int, hits_b: int, count_b: int) -> Difference:
    """Two shares of independent trials: Fisher's exact test, Wilson's interval for each share and
    Newcombe's (1998, method 10) for the difference. Nothing is known of a side without trials.
    """
    if not (count_a and count_b):
        share_a, share_b = (
            h / n if n else None for h, n in ((hits_a, count_a), (hits_b, count_b))
        )
        return Difference(share_a, share_b, count_a, count_b)
    a, b = hits_a / count_a, hits_b / count_b
    (low_a, high_a), (low_b, high_b) = _wilson(hits_a, count_a), _wilson(hits_b, count_b)
    found = Difference(
        a,
        b,
        count_a,
        count_b,
        change=b - a,
        low=b - a - math.hypot(b - low_b, high_a - a),
        high=b - a + math.hypot(high_b - b, a - low_a),
        within_a=(low_a, high_a),
        within_b=(low_b, high_b),
        test=say("Fisher's exact test"),
    )
    if a != b and _smallest_fisher(hits_a + hits_b, count_a, count_b) > ALPHA:
        note = say("so few cannot differ by more than chance, whatever they show")
        return replace(found, note=note)
    table = [[hits_a, count_a - hits_a], [hits_b, count_b - hits_b]]
    return replace(found, p_value=float(stats.fisher_exact(table).pvalue))


def of_groups(a: Sequence[float], b: Sequence[float]) -> Difference:
    """One number for each of many independent sessions: Mann and Whitney's test with Hodges and
    Lehmann's estimate and the interval that belongs to both.
    """
    own = (_quantile(a, 50), _quantile(b, 50))
    found = Difference(*own, len(a), len(b))
    if not (a and b):
        return found
    apart = np.sort(np.subtract.outer(np.asarray(b, float), np.asarray(a, float)).ravel())
    found = replace(found, change=float(np.median(apart)))
    if 2 / math.comb(len(a) + len(b), len(a)) > ALPHA:
        return replace(found, note=say("4 sessions on each side are the least"))
    low, high = _inner(apart, _outside(_mann_whitney(len(a), len(b))))
    alike = len({*a, *b}) == 1
    p = 1.0 if alike else float(stats.mannwhitneyu(b, a, alternative="two-sided").pvalue)
    test = say("Mann and Whitney's test, Hodges and Lehmann's estimate")
    return replace(found, low=low, high=high, p_value=p, test=test)


def of_pairs(a: Sequence[float], b: Sequence[float]) -> Difference:
    """One number for each of many pairs of equal cells: Wilcoxon's signed-rank test with Hodges
    and Lehmann's estimate. Raises ValueError for sides that are not of one length.
    """
    apart = np.asarray([after - before for before, after in zip(a, b, strict=True)], dtype=float)
    found = Difference(_quantile(a, 50), _quantile(b, 50), len(a), len(b))
    if not len(apart):
        return found
    walsh = np.sort(np.add.outer(apart, apart)[np.triu_indices(len(apart))] / 2)
    found = replace(found, change=float(np.median(walsh)))
    if 2 / 2 ** len(apart) > ALPHA:
        return replace(found, note=say("6 pairs of equal cells are the least"))
    low, high = _inner(walsh, _outside(_signed_ranks(len(apart))))
    p = 1.0 if not apart.any() else float(stats.wilcoxon(apart).pvalue)
    test = say("Wilcoxon's signed-rank test on pairs, Hodges and Lehmann's estimate")
    return replace(found, low=low, high=high, p_value=p, test=test)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979, p. 65-70); what was
    not tested stays None and costs nothing.
    """
    ranked = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    floor = 0.0
    for rank, (p, place) in enumerate(ranked):
        floor = max(floor, min(1.0, (len(ranked) - rank) * p))
        corrected[place] = floor
    return corrected


# ------------------------------------------------------------------------------------ pieces


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.percentile(values, share)) if len(values) else None


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else b - a


def _resampled(values: Sequence[float], share: float, stream: int) -> Numbers:
    """The percentile of each of ``DRAWS`` samples made of blocks of the values."""
    sample, count = np.asarray(values, dtype=float), len(values)
    block = max(round(count ** (1 / 3)), 1)
    generator = np.random.default_rng([SEED, stream])
    found = np.empty(DRAWS)
    for draw in range(DRAWS):
        begun = generator.integers(0, count, math.ceil(count / block))
        places = (begun[:, None] + np.arange(block)).ravel()[:count] % count
        found[draw] = np.percentile(sample[places], share)
    return found


def _interval(drawn: Numbers) -> tuple[float, float]:
    low, high = np.percentile(drawn, [50 * ALPHA, 100 - 50 * ALPHA])
    return float(low), float(high)


def _two_sided(drawn: Numbers) -> float:
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (1 + tail) / (len(drawn) + 1))


def _wilson(hits: int, count: int) -> tuple[float, float]:
    interval = stats.binomtest(hits, count).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def _smallest_fisher(hits: int, count_a: int, count_b: int) -> float:
    """The smallest p-value that any table with these margins has."""
    possible = np.arange(max(0, hits - count_b), min(hits, count_a) + 1)
    chances = stats.hypergeom(count_a + count_b, hits, count_a).pmf(possible)
    return float(chances[chances <= chances.min() * (1 + 1e-9)].sum())


def _mann_whitney(m: int, n: int) -> Numbers:
    """P(U = 0), P(U = 1), ...: Gauss's binomial coefficients."""
    if max(m, n) > _EXACT_UP_TO:
        return _normal(m * n, m * n * (m + n + 1) / 12)
    ways = np.zeros(m * n + 1)
    ways[0] = 1
    for size in range(1, m + 1):
        reach = n + size
        if reach <= m * n:
            ways[reach:] = ways[reach:] - ways[: m * n + 1 - reach]
        for place in range(size, m * n + 1):
            ways[place] += ways[place - size]
    chances: Numbers = ways / ways.sum()
    return chances


def _signed_ranks(pairs: int) -> Numbers:
    """P(W = 0), P(W = 1), ... of the sum of the positive ranks."""
    most = pairs * (pairs + 1) // 2
    if pairs > _EXACT_UP_TO:
        return _normal(most, most * (2 * pairs + 1) / 12)
    ways = np.zeros(most + 1)
    ways[0] = 1
    for rank in range(1, pairs + 1):
        ways[rank:] = ways[rank:] + ways[: most + 1 - rank]
    chances: Numbers = ways / ways.sum()
    return chances


def _normal(most: int, variance: float) -> Numbers:
    """The normal approximation of a statistic that runs from 0 to ``most``."""
    chances = stats.norm(most / 2, math.sqrt(variance)).pdf(np.arange(most + 1))
    scaled: Numbers = chances / chances.sum()
    return scaled


def _outside(chances: Numbers) -> int:
    """How many of the sorted differences lie below the interval, and as many above it."""
    return int((np.cumsum(chances) <= ALPHA / 2 + 1e-12).sum())


def _inner(apart: Numbers, outside: int) -> tuple[float, float]:
    skipped = max(outside - 1, 0)
    return float(apart[skipped]), float(apart[len(apart) - 1 - skipped])

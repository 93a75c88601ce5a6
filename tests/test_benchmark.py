"""What a benchmark says of two ways to do the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.benchmark import Duel, Growth, Report

TIMES = st.lists(st.floats(0.1, 1e4), min_size=5, max_size=40)


def duel(naive: tuple[float, ...], ours: tuple[float, ...], target: float | None = None) -> Duel:
    return Duel("a forecast", "slow", "fast", "ms", naive, ours, target)


@given(ours=TIMES, factor=st.floats(1, 100))
def test_a_constant_factor_is_found_exactly(ours: list[float], factor: float) -> None:
    """Whatever the machine did: it did it to both of a pair."""
    naive = tuple(factor * value for value in ours)
    for share in (50, 99):
        ratio = duel(naive, tuple(ours)).ratio(share)
        assert (factor, factor, factor) == pytest.approx((ratio.value, ratio.low, ratio.high))


@given(naive=TIMES, ours=TIMES)
def test_the_interval_holds_the_ratio(naive: list[float], ours: list[float]) -> None:
    """Give or take what few draws of few numbers leave open; and it is the same each time."""
    count = min(len(naive), len(ours))
    made = duel(tuple(naive[:count]), tuple(ours[:count]))
    assert made.ratio().low <= made.ratio().high
    assert made.ratio() == made.ratio()


def test_a_promise_is_reached_or_missed_or_was_none() -> None:
    """By the medians."""
    sides = (10.0, 10.0, 10.0), (1.0, 1.0, 1.0)
    assert (True, False, None) == tuple(duel(*sides, t).holds for t in (10, 11, None))


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_a_slope_is_the_power(power: float) -> None:
    """1 is linear."""
    sizes = (10.0, 100.0, 1000.0)
    grown = Growth("diagnosis", "events", "s", sizes, tuple(3 * s**power for s in sizes), most=1e9)
    assert power == pytest.approx(grown.slope)
    assert grown.holds


def test_a_report_is_strict_json() -> None:
    """With the ratios beside what they were made from."""
    made = duel((4.0, 4.0), (2.0, 2.0), 2)
    told = json.loads(
        json.dumps(Report([made], facts={"command": "x"}).to_dict(), allow_nan=False)
    )
    assert {"p50": 4.0, "p99": 4.0, "count": 2} == told["duels"][0]["naive"]
    assert 2.0 == told["duels"][0]["ratio"]["p50"]["value"]
    assert told["duels"][0]["holds"]

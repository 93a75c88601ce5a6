"""Each asker in turn."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.fair_line import FairLine
from granite_ws.jobs import Refused


def drained(line: FairLine[str]) -> list[str]:
    """All that waits, in the order in which it is taken."""
    taken = []
    while (item := line.take()) is not None:
        taken.append(item)
    return taken


def test_who_asks_once_is_not_behind_who_asked_fifty_times() -> None:
    """The single one is second."""
    line: FairLine[str] = FairLine(100)
    for number in range(50):
        line.put("flood", f"flood {number}")
    line.put("one", "one 0")
    assert ["flood 0", "one 0", "flood 1"] == drained(line)[:3]


def test_the_last_quarter_is_kept_for_others() -> None:
    """One asker fills three quarters; a newcomer still finds a place, and the line is bounded."""
    line: FairLine[str] = FairLine(8)
    for number in range(6):
        line.put("flood", f"flood {number}")
    with pytest.raises(Refused, match="6 forecasts wait already, 6 of them yours"):
        line.put("flood", "too much")
    line.put("one", "one 0")
    line.put("two", "two 0")
    with pytest.raises(Refused, match="8 forecasts wait already"):
        line.put("three", "three 0")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_nothing_is_lost_and_nobody_is_served_twice_in_a_row_while_others_wait(
    steps: list[tuple[str, bool]],
) -> None:
    """Whatever is put, dropped and taken: between two of one asker, all who wait are served."""
    line: FairLine[tuple[str, int]] = FairLine(1_000)
    put, dropped = [], set()
    for number, (asker, goes) in enumerate(steps):
        line.put(asker, (asker, number))
        put.append((asker, number))
        if goes:
            assert line.drop((asker, number))
            assert not line.drop((asker, number))
            dropped.add((asker, number))
    left = [item for item in put if item not in dropped]
    assert len(line) == len(left)
    taken = []
    while (item := line.take()) is not None:
        taken.append(item)
    assert sorted(taken) == sorted(left)
    for asker in "abc":
        assert [i for i in taken if i[0] == asker] == [i for i in left if i[0] == asker]
    for rounds in range(len(taken)):
        served = Counter(asker for asker, _ in taken[:rounds])
        waiting = {asker for asker, _ in taken[rounds:]}
        assert all(served[asker] >= max(served.values(), default=0) - 1 for asker in waiting)

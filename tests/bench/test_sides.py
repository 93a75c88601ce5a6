"""How two ways are measured in turn."""

from __future__ import annotations

from itertools import groupby

from granite_ws.bench.sides import in_turn


def test_ways_take_turns() -> None:
    """Each turn begins with calls that do not count, as many as 10 ms allow, at least one."""
    seen: list[str] = []
    ways = [lambda: seen.append("a"), lambda: seen.append("b")]
    first, second = in_turn(ways, 2, lambda: None, calls=3)
    turns = [(way, len(list(calls))) for way, calls in groupby(seen)]
    assert ["a", "b", "a", "b"] == [way for way, _ in turns]
    assert all(calls > 3 for _, calls in turns)
    assert (6, 6) == (len(first), len(second))

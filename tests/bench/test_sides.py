"""How two ways are measured in turn."""

from __future__ import annotations

from granite_ws.bench.sides import in_turn


def test_ways_take_turns() -> None:
    """Each turn begins with a call that does not count."""
    seen: list[str] = []
    ways = [lambda: seen.append("a"), lambda: seen.append("b")]
    first, second = in_turn(ways, 2, lambda: None, calls=3)
    assert "aaaabbbbaaaabbbb" == "".join(seen)
    assert (6, 6) == (len(first), len(second))

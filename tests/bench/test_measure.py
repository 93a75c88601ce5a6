"""Each benchmark runs, and measures both ways equally often."""

from __future__ import annotations

from importlib import import_module

import pytest

from granite_ws.bench import diagnosis
from granite_ws.bench.sides import in_turn
from granite_ws.benchmark import Report


@pytest.mark.parametrize("name", ["forecast", "askers", "start"])
def test_both_sides_have_a_number_each_time(name: str) -> None:
    """Positive, in pairs; progress is told."""
    told: list[None] = []
    report: Report = import_module(f"granite_ws.bench.{name}").measure(
        1, lambda: told.append(None)
    )
    assert told
    for duel in report.duels:
        assert len(duel.naive) == len(duel.ours) > 0
        assert min(*duel.naive, *duel.ours) > 0
    for growth in report.growths:
        assert len(growth.sizes) == len(growth.costs) > 2


def test_the_diagnosis_is_measured_over_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here over few; the real one ends with a million."""
    assert diagnosis._MINUTES[-1] * 3320 > 1e6
    monkeypatch.setattr(diagnosis, "_MINUTES", (1, 2, 3))
    (growth,) = diagnosis.measure(1, lambda: None).growths
    assert list(growth.sizes) == sorted(growth.sizes)
    assert growth.sizes[-1] > 9_000
    assert min(growth.costs) > 0


def test_ways_take_turns() -> None:
    """Each turn begins with a call that does not count."""
    seen: list[str] = []
    ways = [lambda: seen.append("a"), lambda: seen.append("b")]
    first, second = in_turn(ways, 2, lambda: None, calls=3)
    assert "aaaabbbbaaaabbbb" == "".join(seen)
    assert (6, 6) == (len(first), len(second))

"""What every benchmark must give: numbers in pairs, and progress."""

from __future__ import annotations

from importlib import import_module

from granite_ws.benchmark import Report


def measured_once(name: str) -> Report:
    """One repeat of a benchmark; both ways have a positive number each time."""
    told: list[None] = []
    report: Report = import_module(f"granite_ws.bench.{name}").measure(
        1, lambda: told.append(None)
    )
    assert told
    for duel in report.duels:
        assert len(duel.naive) == len(duel.ours) > 0
        assert min(*duel.naive, *duel.ours) > 0
    return report

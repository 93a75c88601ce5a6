"""Many clients of a real server."""

from __future__ import annotations

import pytest

from granite_ws.bench import clients
from tests.bench.report_lab import measured_once


def test_every_mode_is_watched_and_nobody_misses_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here four clients and one mode; the real one has three hundred, and three."""
    assert (150, ("threading", "gevent", "asgi")) == (clients._OF_EACH_KIND, clients._MODES)
    monkeypatch.setattr(clients, "_OF_EACH_KIND", 2)
    monkeypatch.setattr(clients, "_MODES", ("threading",))
    monkeypatch.setattr(clients, "_MANY_OF_EACH", 3)
    monkeypatch.setattr(clients, "_MANY_S", 6)
    monkeypatch.setattr(clients, "_GROWTH_OF_EACH", (1, 2))
    monkeypatch.setattr(clients, "_GROWTH_S", 6)
    report = measured_once("clients")
    assert ["% of a core"] * 2 == [cpu.unit for cpu in report.duels]
    drops, missing, late, memory, *_ = report.figures
    assert ("ms", 50, 99) == (late.unit, late.most, late.most_at)
    assert (0, 0, True) == (drops.values[0], missing.values[0], missing.holds)
    assert memory.values[0] > 50
    assert [(2, 4)] * 2 == [growth.sizes for growth in report.growths]
    assert ["ms a second", "kB"] == [figure.unit for figure in report.figures[-2:]]

"""The diagnosis over the number of events."""

from __future__ import annotations

import pytest

from granite_ws.bench import diagnosis
from tests.bench.report_lab import measured_once


def test_it_is_measured_over_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here over few; the real one ends with a million."""
    assert diagnosis._MINUTES[-1] * 3320 > 1e6
    monkeypatch.setattr(diagnosis, "_MINUTES", (1, 2, 3))
    (growth,) = measured_once("diagnosis").growths
    assert list(growth.sizes) == sorted(growth.sizes)
    assert growth.sizes[-1] > 9_000
    assert min(growth.costs) > 0

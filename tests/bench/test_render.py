"""A long session's report."""

from __future__ import annotations

import pytest

from granite_ws.bench import render
from tests.bench.report_lab import measured_once


def test_it_is_timed_and_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here of one minute; the real one has thirty."""
    assert 30 == render._MINUTES
    monkeypatch.setattr(render, "_MINUTES", 1)
    seconds, memory = measured_once("render").figures
    assert ("s", 2, "MB") == (seconds.unit, seconds.most, memory.unit)
    assert min(seconds.values) > 0

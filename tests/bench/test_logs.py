"""A large log, read and grepped."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.bench import logs
from granite_ws.edges.reader import read_logs
from granite_ws.events import Kind
from tests.bench.report_lab import measured_once


def test_it_is_read_and_grepped_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here small ones; the real one has a gigabyte."""
    assert 1024 == logs._SIZES[-1]
    monkeypatch.setattr(logs, "_SIZES", (0.5, 1, 2))
    report = measured_once("logs")
    assert [1 / 3] == [duel.target for duel in report.duels]
    assert [(0.5, 1, 2)] * 2 == [growth.sizes for growth in report.growths]


def test_the_log_says_what_a_servers_log_says(tmp_path: Path) -> None:
    """Handshakes, forecasts, messages with their sizes, heartbeats."""
    path = tmp_path / "log.txt"
    logs.write_log(path, 1)
    log = read_logs([path])
    messages = log.of(Kind.MESSAGE_EMITTED)
    assert 5 == len(log.of(Kind.HANDSHAKE))
    assert len(messages) > 100
    assert 0.9e6 < sum(event.data["bytes"] for event in messages) < 1e6
    assert log.of(Kind.PING_QUEUED)

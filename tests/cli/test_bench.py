"""``granite-ws bench``: figures in the terminal, as JSON and as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from granite_ws.bench import askers
from granite_ws.benchmark import Duel, Growth, Report
from granite_ws.cli import bench


def found(*, target: float) -> Report:
    duel = Duel("a forecast", "<b>slow</b>", "fast", "ms", (9.0, 9.0), (3.0, 3.0), target)
    return Report([duel], [Growth("diagnosis", "events", "s", (1, 10, 100), (1, 10, 100))])


@pytest.mark.parametrize(("target", "code"), [(2, 0), (4, 1)])
def test_a_promise_that_is_missed_is_the_exit_code(
    target: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both files are there all the same; words are escaped."""
    monkeypatch.setattr(askers, "measure", lambda *_: found(target=target))
    ended = CliRunner().invoke(bench.command, ["askers", "--out", str(tmp_path), "--json"])
    assert code == ended.exit_code, ended.output
    told = json.loads((tmp_path / "bench.json").read_text())
    assert told == json.loads(ended.stdout)
    assert 3.0 == told["duels"][0]["ratio"]["p50"]["value"]
    assert 1.0 == pytest.approx(told["growths"][0]["slope"])
    page = (tmp_path / "index.html").read_text()
    assert "3.00 (3.00 to 3.00)" in page
    assert "<b>slow</b>" not in page


def test_the_terminal_has_a_line_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratio, interval, slope and whether it was reached."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(askers, "measure", lambda *_: found(target=2))
    ended = CliRunner().invoke(bench.command, ["askers"])
    assert "3.00 (3.00 to 3.00)" in ended.stdout
    assert "slope 1.00" in ended.stdout
    assert "reached" in ended.stdout


def test_a_bench_that_there_is_not_is_bad_input() -> None:
    """Exit code 2, and the names that there are."""
    ended = CliRunner().invoke(bench.command, ["speed"])
    assert 2 == ended.exit_code
    assert "forecast" in ended.output

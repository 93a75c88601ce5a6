"""``granite-ws compare`` on sessions and sweeps on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from granite_ws.cli.compare import command
from granite_ws.errors import SessionError
from tests.cli.folders_on_disk import write_cell, write_session
from tests.cli.test_init import granite_ws
from tests.report.many_records import record
from tests.report.session_builder import dropped, held


def test_two_sessions(tmp_path: Path) -> None:
    """Settings that differ, a table, a sentence; the page has both timelines and links to both."""
    a = write_session(tmp_path / "a", held()[0])
    b = write_session(tmp_path / "b", dropped()[0], ping_timeout=3)
    page = tmp_path / "pages/cmp.html"
    ended = granite_ws("compare", str(a), str(b), "--out", str(page))
    assert 0 == ended.returncode, ended.stderr
    assert "ping_timeout: 120 → 3" in ended.stdout
    for words in ("unknown", "are the least", "between these two sessions", f"Page: {page}"):
        assert words in " ".join(ended.stdout.split())
    text = page.read_text()
    assert ("../a" in text, "../b" in text, text.count("<svg")) == (True, True, 2)


def test_two_sweeps_as_json(tmp_path: Path) -> None:
    """Cells with equal parameters are pairs; the slower side is worse; the rest is listed."""
    for name, slower in (("a", 0), ("b", 5)):
        for number in range(1, 13):
            one = record(number, pt=number + (name == "b"))
            metrics = {"drops": 0.0, "stall_p99_ms": 10.0 * one.parameters["pt"] + slower}
            write_cell(tmp_path / name, replace(one, metrics=metrics))
    ended = granite_ws("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json")
    answer = json.loads(ended.stdout)
    assert ("pairs", 11) == (answer["kind"], len(answer["matched"]))
    assert (["pt=1"], ["pt=13"]) == (answer["only_a"], answer["only_b"])
    found = {row["metric"]: row for row in answer["metrics"]}
    assert ("worse", 5.0) == (found["stall_p99_ms"]["answer"], found["stall_p99_ms"]["change"])
    assert "unknown" == found["cpu_percent"]["answer"]


def test_groups_of_sessions_are_not_enough_when_few(tmp_path: Path) -> None:
    """Two against two: nothing is claimed."""
    for side in ("a", "b"):
        for number in (1, 2):
            write_session(tmp_path / side / str(number), held()[0])
    ended = granite_ws("compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert "no difference is shown" in ended.stdout
    assert "2 sessions" in ended.stdout


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    """Nothing there, nothing in it, something broken in it: exit code 2, no page."""
    good = write_session(tmp_path / "good", held()[0])
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/session.json").write_text("{")
    page = tmp_path / "x.html"
    for bad, words in (("empty", "a sweep's results"), ("broken", "session.json")):
        given = [str(good), str(tmp_path / bad), "--out", str(page)]
        error = CliRunner().invoke(command, given).exception
        assert isinstance(error, SessionError)
        assert words in str(error)
    ended = granite_ws("compare", str(good), str(tmp_path / "absent"), "--out", str(page))
    assert (2, 1) == (ended.returncode, len(ended.stderr.strip().splitlines()))
    assert "a folder that exists" in ended.stderr
    assert not page.exists()

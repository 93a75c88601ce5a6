"""``granite-ws run``: one session, its verdict on stdout, its exit code."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_init import granite_ws

FAST = (
    "--hub-timeout-s", "0", "--data", "sensor", "--engine", "smoothing", "--duration-s", "2",
    "--ping-interval", "1", "--point-interval-s", "0.5",
)  # fmt: skip


def test_json_is_on_stdout_and_saved(tmp_path: Path) -> None:
    """--json prints the verdict, alone on stdout; verdict.json holds the same; exit code 0."""
    ended = granite_ws("run", *FAST, "--json", "--out", str(tmp_path / "s"))
    printed = json.loads(ended.stdout)
    assert (0, "held") == (ended.returncode, printed["outcome"])
    assert printed == json.loads((tmp_path / "s/verdict.json").read_text())
    assert [answer["step"] for answer in printed["checklist"]] == [1, 2, 3, 3, 4, 4, 5, 5]


def test_the_terminal_shows_verdict_checklist_and_metrics(tmp_path: Path) -> None:
    """Without --json a person reads the summary, both tables and the next command."""
    ended = granite_ws("run", *FAST, "--out", str(tmp_path / "s"))
    for words in ("The connection held", "Checklist", "Expected metrics", "granite-ws report"):
        assert words in ended.stdout

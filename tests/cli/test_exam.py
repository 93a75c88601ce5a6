"""``granite-ws exam``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def exam(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "granite_ws", "exam", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=170)


def test_an_unknown_fault_is_refused() -> None:
    """Exit code 2, the name, and the choices."""
    ended = exam("--faults", "gremlins")
    assert ended.returncode == 2
    assert "'gremlins'" in ended.stderr
    assert "gil_held_native" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_the_smoke_exam_passes_and_leaves_its_record(tmp_path: Path) -> None:
    """A few faults and two healthy sessions, for real: every one right, all files written."""
    ended = exam("--smoke", "--out", tmp_path / "out", "--sessions", tmp_path / "sessions")
    record = json.loads((tmp_path / "out/exam.json").read_text())
    wrong = [
        (row["fault"] or row["group"], row["answer"], row["void"])
        for row in record["rows"]
        if row["void"] or row["answer"] not in (row["accepted"] or ["healthy"])
    ]
    assert wrong == [], ended.stderr
    assert record["marks"]["false_alarms"] == 0
    assert (tmp_path / "out/exam.md").read_text().startswith("# Exam")
    assert "<svg" in (tmp_path / "out/confusion.svg").read_text()

"""``granite-ws prove``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from granite_ws.session import Session


def prove(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "granite_ws", "prove", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_session_without_a_cause_cannot_be_proven(held: Session, tmp_path: Path) -> None:
    """One sentence, exit code 3, and nothing was run."""
    ended = prove(held.folder, "--out", tmp_path / "proof")
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout.startswith("There is no named cause to prove")


def test_an_output_folder_in_use_is_refused(held: Session, tmp_path: Path) -> None:
    """Nothing is overwritten; one line, exit code 2."""
    (tmp_path / "kept.txt").write_text("mine")
    ended = prove(held.folder, "--out", tmp_path)
    assert ended.returncode == 2
    assert "a new or empty folder" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_folder_that_is_no_session_is_refused(tmp_path: Path) -> None:
    """For recordings from elsewhere there is nothing to run again."""
    ended = prove(tmp_path)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1

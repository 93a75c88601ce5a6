"""``granite-ws advise``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from granite_ws.session import Session


def advise(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "granite_ws", "advise", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_session_that_held_gets_no_advice(held: Session) -> None:
    """Nothing to mend."""
    ended = advise(held.folder)
    assert ended.returncode == 0, ended.stderr
    assert "there is nothing to advise" in ended.stdout


def test_advice_is_computed_and_verified_by_a_re_run(stalled: Session, tmp_path: Path) -> None:
    """A larger ping_timeout for a stall: computed from the stall, tried, with its caution."""
    ended = advise(
        stalled.folder, "--verify", "--repeats", "1", "--out", tmp_path / "advice", "--json"
    )
    assert ended.returncode == 0, ended.stderr
    first = json.loads(ended.stdout)[0]
    assert first["setting"] == "ping_timeout"
    assert first["value"] > 2
    assert first["verified"] == "Verified: with it, 1 of 1 re-run held."
    assert first["caution"]

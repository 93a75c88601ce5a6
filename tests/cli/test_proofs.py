"""``granite-ws proofs``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_a_right_verdict_is_proven_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    """Two quick faults, each tried with the other's name: proven, and contradicted."""
    ended = subprocess.run(
        [
            sys.executable, "-m", "granite_ws", "proofs",
            "--faults", "abrupt_exit,app_disconnect", "--out", tmp_path,
        ],
        capture_output=True,
        text=True,
        timeout=170,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    record = json.loads((tmp_path / "proofs.json").read_text())
    assert {one["right_decision"] for one in record["attempts"]} == {"proven"}
    assert {one["wrong_decision"] for one in record["attempts"]} == {"contradicted"}

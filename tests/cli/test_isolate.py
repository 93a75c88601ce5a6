"""``granite-ws isolate``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_three_experiments_and_a_conclusion(tmp_path: Path) -> None:
    """As JSON: the three by name, and the sentence."""
    settings = {
        "data": "elnino",
        "engine": "smoothing",
        "hub-timeout-s": 0,
        "ping-interval": 1,
        "ping-timeout": 2,
        "point-interval-s": 0.2,
        "duration-s": 1,
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    ended = subprocess.run(
        [sys.executable, "-m", "granite_ws", "isolate", *words, "--out", tmp_path, "--json"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    content = json.loads(ended.stdout)
    names = [one["name"] for one in content["experiments"]]
    assert names == ["prediction alone", "WebSocket alone", "both together"]
    assert content["conclusion"].startswith("Nothing dropped")

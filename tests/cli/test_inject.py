"""``granite-ws inject``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def inject(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "granite_ws", "inject", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_an_unknown_fault_is_refused_with_the_choices() -> None:
    """Exit code 2, and what there is."""
    ended = inject("gremlins")
    assert ended.returncode == 2
    assert "gil_held_native" in ended.stderr


def test_an_injected_fault_is_diagnosed_and_both_names_are_printed(tmp_path: Path) -> None:
    """What was broken, whether it counts, and what the blind diagnosis said."""
    ended = inject("abrupt_exit", "--out", tmp_path / "session")
    assert "Injected: abrupt_exit." in ended.stdout
    assert "Diagnosed: abrupt_exit" in ended.stdout
    assert ended.returncode == 1

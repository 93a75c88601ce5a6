"""What the fork server imports: everything, while it runs nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from granite_ws.edges.networks.graph import VARIABLE

LOOK = """
import gc, json, os, sys, threading

def opened():
    files = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return {os.readlink(file) for file in files if os.path.exists(file)}

before = opened()
import granite_ws.preloaded
print(json.dumps({
    "threads": [thread.name for thread in threading.enumerate()],
    "opened": sorted(opened() - before),
    "loaded": [name for name in sys.argv[1:] if name in sys.modules],
    "gevent": "gevent" in sys.modules,
    "frozen": gc.get_freeze_count(),
}))
"""
NEEDED = ["ipykernel", "flask_socketio", "pandas", "granite_ws.serve"]
TORCH, ONNX = ["torch", "tsfm_public"], ["onnxruntime"]


@pytest.mark.parametrize("exported", [True, False])
def test_it_imports_everything_and_starts_nothing(exported: bool, tmp_path: Path) -> None:
    """A fork copies one thread alone and shares every open file: there is nothing of either, and
    gevent, which must come before all else, is not there. Torch is where no graph was exported.
    """
    if exported:
        (tmp_path / "some.onnx").touch()
    ended = subprocess.run(
        [sys.executable, "-c", LOOK, *NEEDED, *TORCH, *ONNX],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, VARIABLE: str(tmp_path)},
    )
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen.pop("frozen") > 100_000
    loaded = [*NEEDED, *(ONNX if exported else TORCH)]
    assert seen == {"threads": ["MainThread"], "opened": [], "loaded": loaded, "gevent": False}

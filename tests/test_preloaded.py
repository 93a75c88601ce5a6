"""What the fork server imports: everything, while it runs nothing."""

from __future__ import annotations

import json
import subprocess
import sys

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
NEEDED = ["torch", "tsfm_public", "ipykernel", "flask_socketio", "pandas", "granite_ws.serve"]


def test_it_imports_everything_and_starts_nothing() -> None:
    """A fork copies one thread alone and shares every open file: there is nothing of either, and
    gevent, which must come before all else, is not there.
    """
    ended = subprocess.run(
        [sys.executable, "-c", LOOK, *NEEDED], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen.pop("frozen") > 100_000
    assert seen == {"threads": ["MainThread"], "opened": [], "loaded": NEEDED, "gevent": False}

"""How long until a session's server has a model, with a hub that is silent, slow, absent, good.

    python scripts/time_hub.py

Starts ``granite-ws serve`` against a stand-in hub on loopback, with the default time limit and an
empty cache, and prints the seconds from the start of the process to ``Model ready``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from granite_ws.edges.model_source import DEMO_FOLDER

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.hub_stand_in import hub


def time_start(mode: str) -> tuple[float, str]:
    """(seconds, the line that names the model) of one start."""
    with hub(mode, DEMO_FOLDER) as (endpoint, _), tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": cache}
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "granite_ws", "serve", "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        try:
            for line in process.stderr:
                if "Model ready" in line:
                    return time.monotonic() - begun, line.split("] ", 1)[1].strip()
        finally:
            process.kill()
            process.wait()
    raise SystemExit(f"{mode}: the server ended without a model")


if __name__ == "__main__":
    for mode in ("good", "404", "slow", "silent"):
        seconds, line = time_start(mode)
        print(f"{mode:7} {seconds:5.1f} s  {line}")

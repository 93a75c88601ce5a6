"""Orders from the runner: JSON lines on standard input, heard by a real thread."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from granite_ws.edges.async_mode import native


def listen(act: Callable[[dict[str, Any]], None]) -> None:
    """Calls ``act`` with every order, on a thread of its own that ends with the input."""

    def hear() -> None:
        for line in sys.stdin.buffer.raw:  # type: ignore[attr-defined]
            act(json.loads(line))

    native("_thread", "start_new_thread")(hear, ())

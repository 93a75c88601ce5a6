"""Orders from the runner: JSON lines on standard input, heard by a real thread.

The end of the orders is an order, too: a runner that was killed cannot end its children. A child
that a runner has marked then kills itself, with all that it started: an orderly leaving would be
recorded as if somebody had wanted it. A server that somebody started by hand, or with its input
from /dev/null, is not marked and goes on.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any

from granite_ws.edges.async_mode import native

# The environment of a runner's children: its process id.
RUNNER_VARIABLE = "GRANITE_WS_RUNNER"

Order = dict[str, Any]


def listen(act: Callable[[Order], None]) -> None:
    """Calls ``act`` with every order, on a native daemon thread that ends with the input.

    A terminal gives no orders: a process in the background that read from one would be stopped.
    """
    if sys.stdin is None or sys.stdin.isatty():
        return
    # The raw file: a buffer's lock belongs to whoever gevent lets have it. A notebook's input, or
    # a test's, is no file and gives no orders.
    source: Any = getattr(sys.stdin.buffer, "raw", None)
    if source is not None:
        native("_thread", "start_new_thread")(_hear, (source, act))


def _hear(source: Iterable[bytes], act: Callable[[Order], None]) -> None:
    """An order that is none, or that fails, is told on standard error; the next one is heard."""
    for line in source:
        try:
            act(read_order(line))
        except Exception as error:
            told = f"order not carried out: {line!r:.200}: {type(error).__name__}: {error}\n"
            sys.stderr.write(told)
            sys.stderr.flush()
    if RUNNER_VARIABLE in os.environ:
        # The group that the runner made for this child: gunicorn's master, a reloader's parent and
        # whatever was forked are in it.
        os.killpg(0, signal.SIGKILL)


def read_order(line: bytes) -> Order:
    """One JSON object that names its ``fault``. Raises ValueError on anything else."""
    order = json.loads(line)
    if not isinstance(order, dict) or not isinstance(order.get("fault"), str):
        raise ValueError("an order is a JSON object with a fault")
    return order

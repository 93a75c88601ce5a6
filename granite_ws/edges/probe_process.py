"""What the processes of Python clients share: command line, heartbeat, and orders for faults."""

from __future__ import annotations

import argparse
import base64
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from granite_ws.edges import asker
from granite_ws.edges.orders import Order
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stalls import StallMonitor
from granite_ws.events import Kind

TRANSPORTS = {
    "websocket": ["websocket"],
    "polling": ["polling"],
    "upgrade": ["polling", "websocket"],
}
# The libraries wait up to 5 s between two attempts to reconnect; sessions are short.
RECONNECTION_DELAY_MAX_S = 1
# How long (seconds) all own closings may take: a closing handshake takes up to three.
LEAVING_S = 8.0
# How long (seconds) the server may take to confirm that it stopped the feed.
STOPPING_S = 1
_SPACING_S = 0.02

# Does it, and returns what was measurably done and how much of it.
ClientAct = Callable[[Order], tuple[str, float]]


def read_options(program: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, which is the same for every kind of client."""
    parser = argparse.ArgumentParser(prog=f"python -m granite_ws.edges.{program}")
    parser.add_argument("url")
    parser.add_argument("events", type=Path)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--transport", choices=sorted(TRANSPORTS), default="websocket")
    parser.add_argument("--first", type=int, default=1, help="number of the first client")
    parser.add_argument(
        "--start",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="the first client asks for the processing to start, and to stop",
    )
    parser.add_argument("--stall-threshold", type=float, default=0.1, help="seconds")
    parser.add_argument("--request-timeout", type=float, default=5.0, help="seconds")
    # The libraries' own default is 1 s, which a busy machine misses without being ill.
    parser.add_argument("--wait-timeout", type=float, default=10.0, help="seconds")
    asker.add_options(parser)
    return parser.parse_args(arguments)


class ClientOrders:
    """Carries out the runner's orders that this kind of client knows; others are not for it."""

    def __init__(
        self, client_kind: str, recorder: Recorder, acts: Mapping[str, ClientAct]
    ) -> None:
        """``recorder`` writes as the injector."""
        self._client_kind = client_kind
        self._recorder = recorder
        self._acts = acts

    def carry_out(self, order: Order) -> None:
        """``act`` names what is done, and is the fault's name where the order has none."""
        act = self._acts.get(str(order.get("act", order["fault"])))
        if act is None or self._client_kind not in order.get("kinds", [self._client_kind]):
            return
        facts: dict[str, Any] = {"fault": order["fault"], "client_kind": self._client_kind}
        self._recorder.record(Kind.FAULT_BEGUN, **facts, seconds=order.get("seconds", 0))
        try:
            what, amount = act(order)
            self._recorder.record(Kind.FAULT_EFFECT, **facts, what=what, amount=amount)
        finally:
            self._recorder.record(Kind.FAULT_ENDED, **facts)


def chosen(clients: Mapping[int, Any], order: Order) -> Any:
    """The client that an order names, else the first. Raises KeyError where it lives elsewhere."""
    return clients[order.get("client", min(clients))]


def payload(order: Order) -> str:
    """As many ASCII characters as the order's ``bytes``, always the same and incompressible."""
    size = int(order.get("bytes", 0))
    return base64.b64encode(random.Random(0).randbytes(size * 3 // 4 + 3))[:size].decode()  # noqa: S311


def beat_thread(monitor: StallMonitor) -> threading.Thread:
    """Starts the OS thread's heartbeat of a client process."""
    thread = threading.Thread(
        target=monitor.run, args=(monitor.pause,), name="heartbeat", daemon=True
    )
    thread.start()
    return thread


def side_by_side(
    works: Sequence[Callable[[], None]], over: threading.Event
) -> list[threading.Thread]:
    """Runs each in a thread of its own, a moment apart, none after ``over`` is set."""
    threads = []
    for work in works:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        threads.append(thread)
        if over.wait(_SPACING_S):
            break
    return threads

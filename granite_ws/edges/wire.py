"""The relay's process: clients connect to it, it connects to the server, orders break the wire.

    python -m granite_ws.edges.wire EVENTS --to HOST:PORT [--to HOST:PORT ...]

Orders come as JSON lines on standard input: ``{"fault": "blackhole_both", "seconds": 5}`` begins
one, ``{"heal": true}`` ends all. The end of the input, SIGTERM and SIGINT heal and end it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from io import RawIOBase
from pathlib import Path
from typing import Any

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.wire_connection import Address
from granite_ws.edges.wire_faults import make_fault, seconds_of
from granite_ws.edges.wire_relay import Relay
from granite_ws.errors import BadInput
from granite_ws.events import Witness


def obey(relay: Relay, line: bytes) -> None:
    """Carries one order out, or tells on standard error in one line why it cannot."""
    try:
        order = json.loads(line)
        if not isinstance(order, dict):
            raise BadInput("order", order, allowed="a JSON object", where="relay")
        if order.get("heal") is True:
            relay.heal()
        else:
            relay.begin(make_fault(order, relay.targets), seconds_of(order))
    except (ValueError, RecursionError, BadInput) as error:
        told = " ".join(f"order not carried out: {line!r:.200}: {error}".split())
        print(told, file=sys.stderr, flush=True)


async def serve(recorder: Recorder, targets: Sequence[Address]) -> None:
    """Relays until the input ends or a signal comes."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    async with Relay(recorder, targets) as relay:
        if sys.stdin is not None and not sys.stdin.isatty():
            heard = partial(_tell, loop, partial(obey, relay))
            buffer: Any = sys.stdin.buffer
            # The raw file: Python aborts at its end where a thread still holds a buffer's lock.
            hear = (buffer.raw, heard, partial(_tell, loop, over.set))
            threading.Thread(target=_hear, args=hear, name="orders", daemon=True).start()
        await over.wait()


def address(text: str) -> Address:
    """``HOST:PORT``. Raises BadInput."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadInput("--to", text, allowed="HOST:PORT, a port from 1 to 65535", where="relay")
    return host.strip("[]"), int(port)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; 2 after bad input."""
    parser = argparse.ArgumentParser(prog="granite_ws.edges.wire", description=__doc__)
    parser.add_argument("events", type=Path)
    parser.add_argument("--to", action="append", required=True, metavar="HOST:PORT")
    options = parser.parse_args(arguments)
    try:
        targets = [address(text) for text in options.to]
        recorder = Recorder(Witness.INJECTOR, options.events)
    except BadInput as error:
        print(f"granite-ws: error: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(recorder, targets))
    finally:
        recorder.close()
    return 0


_Tell = Callable[..., None]


def _hear(source: RawIOBase, heard: _Tell, over: _Tell) -> None:
    while line := source.readline():
        if line.strip():
            heard(line)
    over()


def _tell(loop: asyncio.AbstractEventLoop, act: _Tell, *what: bytes) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(act, *what)


if __name__ == "__main__":
    sys.exit(main())

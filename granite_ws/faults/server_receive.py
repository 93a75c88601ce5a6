"""Faults of a server whose heartbeats beat, and whose connections are not served all the same."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

_EMIT = {"act": "emit", "bytes": 10, "count": 1}
_WHOLE_LINES = {"log_payload_chars": 0}

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="sync_handlers_block_receive",
        place=Place.CLIENT,
        about=say("with async_handlers=False a slow event handler keeps the PONG from being read"),
        seconds=6.0,
        settings={"async_handlers": False},
        hits=("python", "node"),
        order={**_EMIT, "event": "analyse"},
        reports=("python-engineio#68", "python-socketio#364"),
    ),
    Fault(
        name="ack_callback_blocks_receive",
        place=Place.SERVER,
        about=say("the callback of an acknowledged emit is slow, and runs where the PONG is read"),
        seconds=6.0,
        hits=("python",),
    ),
    Fault(
        name="slow_connect_handler",
        place=Place.SERVER,
        about=say("the connect handler takes longer than ping_timeout"),
        standing=True,
        settle_s=12.0,
        reports=("python-socketio#634", "python-socketio#646", "uptime-kuma-api#11"),
    ),
    Fault(
        name="slow_disconnect_handler",
        place=Place.RUNNER,
        about=say(
            "the disconnect handler is slow, and runs in whoever noticed: the feed stands still"
        ),
        seconds=12.0,
        # The others are to hold on: a machine that is short of processors drops them at 2 s.
        settings={"ping_timeout": 4},
        settle_s=3.0,
    ),
    Fault(
        name="log_pipe_full",
        place=Place.RUNNER,
        about=say("nobody reads the pipe that the server logs into, so logging never returns"),
        seconds=8.0,
        hits=("python", "node"),
        reports=("flask#4852", "Flask-SocketIO#880"),
    ),
    Fault(
        name="payload_logging_cost",
        place=Place.SERVER,
        about=say("whole payloads are logged, to a handler that takes seconds for each"),
        settings=_WHOLE_LINES,
        hits=("python", "node"),
        settle_s=10.0,
    ),
    Fault(
        name="thread_exhaustion",
        place=Place.SERVER,
        about=say("no further thread can be started, so no PING is scheduled"),
        seconds=4.0,
        hits=("python", "node"),
        reports=("python-socketio#928", "Flask-SocketIO#482", "flask#2882"),
    ),
    Fault(
        name="pyclient_connect_timeout",
        place=Place.RUNNER,
        about=say(
            "a Python client connects while the server stands still, and gives up after 5 s"
        ),
        seconds=7.0,
        # Nobody else is to notice: 7 s are less than every other patience.
        settings={"ping_interval": 4, "ping_timeout": 10},
        settle_s=7.0,
        also=("gil_held_native",),
        reports=("python-socketio#807", "python-socketio#634"),
    ),
)

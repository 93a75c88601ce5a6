"""Faults of a server that cannot run: its lock, its loop, its processor, or its life is taken."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="gil_held_native",
        place=Place.SERVER,
        about=say("native code keeps Python's interpreter lock"),
        seconds=4.0,
        hits=("python", "node"),
        reports=("Flask-SocketIO#839", "Flask-SocketIO#1299", "python-socketio#531"),
    ),
    Fault(
        name="asyncio_loop_blocked",
        place=Place.SERVER,
        about=say("a call that waits inside a coroutine keeps the event loop"),
        seconds=4.0,
        settings={"async_mode": "asgi"},
        hits=("python", "node"),
        reports=("python-socketio#233", "python-websockets/websockets#651"),
    ),
    Fault(
        name="green_hub_blocked",
        place=Place.SERVER,
        about=say("a call that gevent does not know keeps its hub"),
        seconds=4.0,
        # No forecasts: under gevent they keep the hub, too, and on a slow machine for too long.
        settings={"async_mode": "gevent", "forecast_every": 0},
        hits=("python", "node"),
        reports=("Flask-SocketIO#1135", "Flask-SocketIO#939", "Flask-SocketIO#1064"),
    ),
    Fault(
        name="json_stall",
        place=Place.SERVER,
        about=say("one huge message is encoded as JSON in one go"),
        seconds=5.0,
        hits=("python", "node"),
    ),
    Fault(
        name="gc_pause",
        place=Place.SERVER,
        about=say("the garbage collector walks through a huge heap of Python objects"),
        seconds=3.0,
        # Half the usual timeout: a heap for half the time is half as big.
        settings={"ping_timeout": 1},
        hits=("python", "node"),
    ),
    Fault(
        name="gil_contention",
        place=Place.SERVER,
        about=say("many threads of pure Python share the interpreter lock"),
        seconds=8.0,
        settings={"ping_interval": 2, "ping_timeout": 1},
        hits=("python", "node"),
    ),
    Fault(
        name="server_suspended",
        place=Place.RUNNER,
        about=say("the server's process is stopped and goes on later"),
        seconds=4.0,
        hits=("python", "node"),
        reports=("python-engineio#127",),
    ),
    Fault(
        name="cpu_starvation",
        place=Place.RUNNER,
        about=say("other processes have the processor, the server hardly gets a turn"),
        seconds=6.0,
        hits=("python", "node"),
        reports=("python-socketio#249",),
    ),
    Fault(
        name="pyclient_write_idle",
        place=Place.SERVER,
        about=say("a stall that only a Python client's second limit does not bear"),
        seconds=6.5,
        at_s=6.3,
        # max(pi, pt) + 5 = 12 s is less than pi + pt = 14 s only where both exceed 5 s.
        settings={"ping_interval": 7, "ping_timeout": 7, "duration_s": 30},
        hits=("python",),
        also=("gil_held_native",),
        reports=("Flask-SocketIO#1713", "python-socketio#794", "python-socketio#940"),
    ),
)

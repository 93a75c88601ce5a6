"""Faults that end the server's process, or put another one in its place."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

_BOTH = ("python", "node")

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="oom_kill",
        place=Place.SERVER,
        about=say("memory grows until the kernel kills the server (the kill is our own)"),
        seconds=5.0,
        hits=_BOTH,
        settle_s=2.0,
        reports=("Flask-SocketIO#683", "Flask-SocketIO#1302"),
    ),
    Fault(
        name="native_crash",
        place=Place.SERVER,
        about=say("native code reads an address that is not there"),
        hits=_BOTH,
        settle_s=2.0,
        reports=("Flask-SocketIO#998",),
    ),
    Fault(
        name="abrupt_exit",
        place=Place.SERVER,
        about=say("the server's own code ends the process with os._exit(9)"),
        hits=_BOTH,
        settle_s=2.0,
    ),
    Fault(
        name="killed_from_outside",
        place=Place.RUNNER,
        about=say("another process sends SIGKILL to a server that is well"),
        # That it is well takes a few samples of its memory.
        at_s=3.5,
        hits=_BOTH,
        settle_s=2.0,
    ),
    Fault(
        name="dev_reloader",
        place=Place.RUNNER,
        about=say("a watched module changes, and Werkzeug's reloader starts the server again"),
        seconds=5.0,
        hits=_BOTH,
        settle_s=2.0,
        reports=("Flask-SocketIO#949", "Flask-SocketIO#684"),
    ),
    Fault(
        name="gunicorn_worker_timeout",
        place=Place.SERVER,
        about=say(
            "a worker blocks for longer than gunicorn's timeout, and is ended by its master"
        ),
        seconds=9.0,
        # Both clients would bear the 9 s: 12 s pass from a PING until they give up.
        settings={"async_mode": "gevent", "ping_timeout": 11},
        hits=_BOTH,
        settle_s=1.0,
        reports=("Flask-SocketIO#1572", "Flask-SocketIO#865", "gunicorn#2782"),
    ),
    Fault(
        name="fork_inherited_socket",
        place=Place.RUNNER,
        about=say(
            "the server dies, and a process that it had forked keeps its clients' sockets open"
        ),
        seconds=5.0,
        hits=_BOTH,
        settle_s=2.0,
        reports=("tt-inference-server#3640", "Flask-SocketIO#1209"),
    ),
    Fault(
        name="restart_invalid_session",
        place=Place.RUNNER,
        about=say("a polling client's next request comes to a new server process"),
        seconds=8.0,
        # A client waits for 20 s: the new process may take its time to start.
        settings={"transport": "polling", "ping_timeout": 19},
        hits=_BOTH,
        settle_s=3.0,
        reports=("Flask-SocketIO#597", "Flask-SocketIO#963"),
    ),
)

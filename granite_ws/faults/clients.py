"""Faults of clients: they cannot run, they leave, or the application shows them out."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

_BOTH = ("python", "node")

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="js_main_thread_blocked",
        place=Place.CLIENT,
        about=say("a JavaScript client's only thread computes for longer than ping_timeout"),
        seconds=7.0,
        hits=("node",),
        settle_s=3.0,
        order={"kinds": ["node"]},
        reports=("python-engineio#32", "socket.io#2769"),
    ),
    Fault(
        name="client_suspended",
        place=Place.RUNNER,
        about=say(
            "the clients' processes are stopped, as when a laptop sleeps or a tab is frozen"
        ),
        seconds=7.0,
        hits=_BOTH,
        settle_s=4.0,
        reports=("socket.io#4040", "socket.io#3507", "wetty#579"),
    ),
    Fault(
        name="notebook_loop_blocked",
        place=Place.CLIENT,
        about=say("a notebook's cell does synchronous work in the loop that its client lives on"),
        seconds=7.0,
        settings={"async_mode": "asgi", "client_kinds": "python,python-async"},
        hits=("python-async",),
        settle_s=3.0,
        reports=("backtick-se/cowait#278",),
    ),
    Fault(
        name="app_disconnect",
        place=Place.SERVER,
        about=say("the server's own code ends every client's connection"),
        hits=_BOTH,
        settle_s=3.0,
        reports=("Flask-SocketIO#1109",),
    ),
    Fault(
        name="client_left",
        place=Place.CLIENT,
        about=say("the clients' own code calls disconnect while the server still works for them"),
        hits=_BOTH,
        settle_s=3.0,
        order={"act": "disconnect"},
    ),
    Fault(
        name="client_killed",
        place=Place.RUNNER,
        about=say(
            "a client's process is killed, as when a kernel is restarted or a browser crashes"
        ),
        hits=("node",),
        settle_s=3.0,
    ),
)

"""Faults of a server that cannot run."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="gil_held_native",
        place=Place.SERVER,
        about="native code keeps Python's interpreter lock",
        seconds=4.0,
        hits=("python", "node"),
        reports=("Flask-SocketIO#839", "Flask-SocketIO#1299", "python-socketio#531"),
    ),
)

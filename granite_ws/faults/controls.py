"""Controls: heavy, and healthy. They look like trouble, drop nobody, and must raise no alarm."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

CONTROLS: tuple[Fault, ...] = (
    Fault(
        name="long_prediction",
        place=Place.SERVER,
        about=say("a prediction of 6 s that releases the interpreter lock"),
        seconds=6.0,
        settle_s=2.0,
    ),
    Fault(
        name="eight_busy_threads",
        place=Place.SERVER,
        about=say("eight threads multiply matrices, as a model with eight threads does"),
        seconds=4.0,
        settle_s=2.0,
    ),
    Fault(
        name="large_payloads",
        place=Place.SERVER,
        about=say("500 kB in one message, twice a second"),
        seconds=4.0,
        settle_s=2.0,
    ),
    Fault(
        name="high_latency",
        place=Place.WIRE,
        about=say("0.25 s on the way, each way"),
        seconds=6.0,
        settle_s=2.0,
        order={"fault": "ping_timeout_too_short", "delay_s": 0.25},
    ),
)

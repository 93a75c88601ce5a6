"""Faults of the feed: the connection holds, and people report a drop all the same."""

from __future__ import annotations

from granite_ws.faults.fault import Fault, Place
from granite_ws.phrase import say

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="silent_feed",
        place=Place.SERVER,
        about=say(
            "the feed waits for a model hub that never answers, and sends nothing meanwhile"
        ),
        seconds=8.0,
        settle_s=3.0,
    ),
    Fault(
        name="forecast_never_delivered",
        place=Place.SERVER,
        about=say(
            "the wrong column of the model's answer is read: each forecast is the fallback's"
        ),
        seconds=8.0,
        settings={"engine": "auto", "forecast_every": 4},
        settle_s=2.0,
    ),
)

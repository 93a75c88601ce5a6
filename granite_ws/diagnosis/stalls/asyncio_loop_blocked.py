"""GWS102: a call that does not await kept the asyncio loop on which every connection lives."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.diagnosis.stalls.loop_blocked import read_loop
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS102", "asyncio_loop_blocked"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the asyncio loop's heartbeat stood still and a real thread's did not."""
    return judge(timeline, RULE)


def _read(timeline: Timeline, episode: Episode) -> Reading:
    return read_loop(timeline, episode, scheduler="asgi", name=say("the asyncio event loop"))


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "In async handlers, await asyncio.to_thread(...) or a process pool for whatever waits or "
        "computes, and asyncio.sleep instead of time.sleep; ping_timeout = {timeout} would have "
        "borne this stall."
    ),
    ("python-socketio#233", "python-websockets/websockets#651"),
)

"""GWS108: a call that gevent does not know kept the hub on which every greenlet runs."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.stalls.episodes import Episode
from granite_ws.diagnosis.stalls.judging import Reading, Rule, judge
from granite_ws.diagnosis.stalls.loop_blocked import read_loop
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS108", "green_hub_blocked"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the heartbeat in gevent's hub stood still, and a real thread's did not."""
    return judge(timeline, RULE)


def _read(timeline: Timeline, episode: Episode) -> Reading:
    return read_loop(timeline, episode, scheduler="gevent", name=say("gevent's hub"))


RULE = Rule(
    CODE,
    CAUSE,
    _read,
    mark(
        "Patch before every other import (gevent.monkey.patch_all()), and hand what cannot be "
        "patched to gevent.get_hub().threadpool.apply(...) or a process; ping_timeout = "
        "{timeout} would have borne this stall."
    ),
    ("Flask-SocketIO#1135", "Flask-SocketIO#939", "Flask-SocketIO#1064"),
)

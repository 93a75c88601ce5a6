"""GWS121: with ``async_handlers=False`` an event handler kept the PONG from being read."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.stalls.receive_blocked import Blocking, judge_blocking
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS121", "sync_handlers_block_receive"
_BLOCKING = Blocking(
    code=CODE,
    cause=CAUSE,
    # With async_handlers=True a handler has a thread of its own, without this frame.
    entry="_handle_event",
    doing=say("an event handler"),
    remedy=say(
        "SocketIO(async_handlers=True), the default; or hand the work to "
        "socketio.start_background_task and return."
    ),
    references=("python-engineio#68", "python-socketio#364"),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a dropped client's PONG lay unread behind an event handler."""
    return judge_blocking(timeline, _BLOCKING)

"""GWS122: the callback of an acknowledged emit kept the PONG from being read."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.stalls.receive_blocked import Blocking, judge_blocking
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS122", "ack_callback_blocks_receive"
_BLOCKING = Blocking(
    code=CODE,
    cause=CAUSE,
    # Always runs where packets are read, whatever async_handlers says (socketio ``_handle_ack``).
    entry="_handle_ack",
    doing=say("the callback of an emit"),
    remedy=say(
        "Return from emit(..., callback=...) at once: start its work with "
        "socketio.start_background_task(work)."
    ),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a dropped client's PONG lay unread behind an emit's callback."""
    return judge_blocking(timeline, _BLOCKING)

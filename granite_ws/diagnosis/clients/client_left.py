"""GWS405: the client's own code called ``disconnect``; nothing broke."""

from __future__ import annotations

from granite_ws.diagnosis.clients.unanswered import in_order, loss_steps
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Kind
from granite_ws.phrase import say, say_many
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS405", "client_left"
# JavaScript's and Python's word for their own ``disconnect()``.
_LEFT = ("io client disconnect", "client disconnect")
# What a server says of such an end: with its packet, or when the packet was lost with the line.
_SEEN_AS = ("client disconnect", "transport close", None)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the client library itself says that it was told to leave."""
    drops = timeline.drops
    left = [drop for drop in drops if _left(drop)]
    if not left:
        if any(_unheard(drop) for drop in drops):
            return _say(Truth.UNKNOWN, say("A client left, and nobody heard it say why."))
        return _say(Truth.REFUTED, say("No client that was lost had called disconnect itself."))
    first = left[0]
    calls = [e for d in left for e in events_of(timeline, d.sid, Kind.DISCONNECT_CALLED)]
    words = [e for d in left for e in events_of(timeline, d.sid, Kind.DISCONNECTED)]
    own = [call for call in calls if call.sid == first.sid]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say_many(
            "The client's own code called disconnect() in {count} connection, while the server "
            "still worked for it. Nothing broke, and a client that left does not reconnect by "
            "itself.",
            "The client's own code called disconnect() in {count} connections, while the server "
            "still worked for it. Nothing broke, and a client that left does not reconnect by "
            "itself.",
            len(left),
        ),
        evidence=(*calls, *words),
        explains=tuple(drop.sid for drop in left),
        remedy=say(
            "Intended, if the page or the script was to end here. If not: look for "
            "disconnect() in a clean-up that runs too early (React's useEffect, pagehide, the end "
            "of a with block), and wait for the result before leaving."
        ),
        path=in_order(
            *(Step(say("The client's own code called disconnect()"), call) for call in own),
            *loss_steps(timeline, first),
        ),
    )


def _left(drop: Connection) -> bool:
    return not drop.own and drop.client_reason in _LEFT and drop.server_reason in _SEEN_AS


def _unheard(drop: Connection) -> bool:
    return drop.client_reason is None and drop.server_reason == "client disconnect"


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)

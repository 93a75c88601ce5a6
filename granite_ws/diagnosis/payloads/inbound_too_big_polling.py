"""GWS308: a client posted more than ``max_http_buffer_size``; the server ended its session."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import loss_steps
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS308", "inbound_too_big_polling"
_BAD_REQUEST = 400  # engineio server.py, on ContentTooLongError


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the server refused a dropped client's POST that was above its own limit."""
    if not timeline.log.of(Kind.HANDSHAKE):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody watched the server's side."))
    found = [(d, *pair) for d in timeline.drops if (pair := _refused(timeline, d)) is not None]
    if not found:
        words = say("No dropped client had posted more than the server takes.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    drop, opening, post = found[0]
    sent, most = post.data["bytes"], opening.data["max_payload_bytes"]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "A client posted {sent:,} bytes where max_http_buffer_size allows {most:,}; the "
            'server answered {status} and ended its session. The reason "{reason}" looks as if '
            "the application had asked for it; it had not.",
            sent=sent,
            most=most,
            status=_BAD_REQUEST,
            reason=drop.server_reason,
        ),
        evidence=(opening, post),
        explains=tuple(drop.sid for drop, _, _ in found),
        remedy=say(
            "Send less than {most:,} bytes at once, or raise SocketIO(max_http_buffer_size=...) "
            "above {sent:,}.",
            most=most,
            sent=sent,
        ),
        path=(
            Step(say("The server promised to take up to {most:,} bytes", most=most), opening),
            Step(
                say(
                    "A POST of {sent:,} bytes was refused with {status}",
                    sent=sent,
                    status=_BAD_REQUEST,
                ),
                post,
            ),
            *loss_steps(timeline, drop),
        ),
        references=("socket.io-client#1625",),
    )


def _refused(timeline: Timeline, drop: Connection) -> tuple[Event, Event] | None:
    opening = events_of(timeline, drop.sid, Kind.HANDSHAKE)
    if not opening or events_of(timeline, drop.sid, Kind.DISCONNECT_CALLED):
        return None
    for event in events_of(timeline, drop.sid, Kind.REQUEST_REFUSED):
        data = event.data
        too_big = (data["bytes"] or 0) > opening[0].data["max_payload_bytes"]
        if (data["method"], data["status"]) == ("POST", _BAD_REQUEST) and too_big:
            return opening[0], event
    return None

"""GWS307: a client sent more than ``max_http_buffer_size`` over its WebSocket."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import loss_steps
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS307", "inbound_too_big_ws"
_TOO_LARGE = "packet is too large"  # engineio socket.py ``websocket_wait``


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the server refused a dropped client's message for its size.

    The tap saw its size, or the server's log says so; in asyncio mode the log says nothing.
    """
    if not timeline.log.of(Kind.WEBSOCKET_ENDED, Kind.SERVER_LOG, Kind.HANDSHAKE):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody watched the server's side."))
    found = [(d, seen) for d in timeline.drops if (seen := _refusal(timeline, d)) is not None]
    if not found:
        words = say("The server refused no client's message for its size.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    drop, seen = found[0]
    opening = events_of(timeline, drop.sid, Kind.HANDSHAKE)
    most = opening[0].data.get("max_payload_bytes") if opening else None
    limit = say("{most:,} bytes", most=most) if most else say("its limit")
    size = seen.data.get("refused_bytes")
    promised = say("The server promised to take up to {limit}", limit=limit)
    steps = (
        *(Step(promised, event) for event in opening),
        Step(_refused(size), seen),
        *loss_steps(timeline, drop),
    )
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        _claim(size, limit),
        evidence=(*opening, seen),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=say(
            "Send less than {limit} at once (chunks, or an HTTP upload), or raise "
            "SocketIO(max_http_buffer_size=...) above what clients send.",
            limit=limit,
        ),
        # The tap tells at the very end what it saw before.
        path=tuple(sorted(steps, key=lambda step: step.event.at_ns)),
        references=("python-socketio#1006", "python-socketio#475", "InvokeAI#1315"),
    )


def _claim(size: int | None, limit: Phrase) -> Phrase:
    if size:
        return say(
            "A client sent a message of {size:,} bytes, more than max_http_buffer_size allows "
            "({limit}), and the server closed its WebSocket without telling it why.",
            size=size,
            limit=limit,
        )
    return say(
        "A client sent a message larger than max_http_buffer_size allows ({limit}), and the "
        "server closed its WebSocket without telling it why.",
        limit=limit,
    )


def _refused(size: int | None) -> Phrase:
    if size:
        return say("The server refused a message of {size:,} bytes, more than it takes", size=size)
    return say("The server refused a message larger than it takes")


def _refusal(timeline: Timeline, drop: Connection) -> Event | None:
    lines = events_of(timeline, drop.sid, Kind.SERVER_LOG)
    said = next((line for line in lines if _TOO_LARGE in line.data["line"]), None)
    ends = events_of(timeline, drop.sid, Kind.WEBSOCKET_ENDED)
    return next((end for end in ends if end.data.get("refused_bytes")), said)

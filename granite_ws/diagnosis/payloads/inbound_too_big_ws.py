"""GWS307: a client sent more than ``max_http_buffer_size`` over its WebSocket."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import loss_steps
from granite_ws.events import Event, Kind
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS307", "inbound_too_big_ws"
_TOO_LARGE = "packet is too large"  # engineio socket.py ``websocket_wait``


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the server said of a dropped client that its packet was too large."""
    if not timeline.log.of(Kind.HANDSHAKE, Kind.SERVER_LOG):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, "Nobody watched the server's side.")
    found = [(d, line) for d in timeline.drops if (line := _refusal(timeline, d)) is not None]
    if not found:
        words = "The server called no client's packet too large."
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    drop, line = found[0]
    opening = events_of(timeline, drop.sid, Kind.HANDSHAKE)
    most = opening[0].data.get("max_payload_bytes") if opening else None
    limit = f"{most:,} bytes" if most else "its limit"
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        f"A client sent a message larger than max_http_buffer_size ({limit}), and the server "
        "closed its WebSocket without telling it why.",
        evidence=(*opening, line),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=f"Send less than {limit} at once (chunks, or an HTTP upload), or raise "
        "SocketIO(max_http_buffer_size=...) above what clients send.",
        path=(
            *(Step(f"The server promised to take up to {limit}", e) for e in opening),
            Step(f"The server said: {line.data['line']}", line),
            *loss_steps(timeline, drop),
        ),
        references=("python-socketio#1006", "python-socketio#475", "InvokeAI#1315"),
    )


def _refusal(timeline: Timeline, drop: Connection) -> Event | None:
    lines = events_of(timeline, drop.sid, Kind.SERVER_LOG)
    return next((line for line in lines if _TOO_LARGE in line.data["line"]), None)

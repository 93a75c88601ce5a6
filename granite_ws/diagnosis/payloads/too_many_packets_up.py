"""GWS310: one POST brought more packets than the server takes; they are lost without a word."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say, say_many
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS310", "too_many_packets_up"
_TOO_MANY = "Too many packets in payload"  # engineio payload.py ``Payload.decode``


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the server failed to decode a POST for the number of its packets.

    It explains no drop by itself: the POST is answered 200 OK, and what was in it is missing.
    """
    if not timeline.log.of(Kind.HANDSHAKE, Kind.SERVER_LOG):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody watched the server's side."))
    told = [e for e in timeline.log.of(Kind.SERVER_LOG) if _TOO_MANY in _text(e)]
    if not told:
        words = say("The server said of no POST that it held too many packets.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say_many(
            "{count} POST held more than {most} packets: the server logged an error, answered "
            "200 OK and lost every event in it. The connection holds, unless a PONG was among "
            "them.",
            "{count} POSTs held more than {most} packets: the server logged an error, answered "
            "200 OK and lost every event in it. The connection holds, unless a PONG was among "
            "them.",
            len(told),
            most=limits.MOST_PACKETS,
        ),
        evidence=tuple(told),
        remedy=say(
            "Use the WebSocket transport, send one event for many values, or set "
            "engineio.payload.Payload.max_decode_packets (for example 500) in the server."
        ),
        path=tuple(
            Step(say("The server lost one POST: {line}", line=_text(line)), line)
            for line in told[:3]
        ),
        references=("python-engineio#142", "ZnDraw#716", "open-webui#3874"),
    )


def _text(line: Event) -> str:
    """The exception is beside the line, or a line of its own in a plain log."""
    return f"{line.data['line']} {line.data.get('exception') or ''}".strip()

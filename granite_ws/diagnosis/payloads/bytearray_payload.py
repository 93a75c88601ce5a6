"""GWS305: a bytearray was emitted; simple-websocket sends its ``str()`` as text."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import (
    emitted_before,
    last_line,
    library_said,
    loss_steps,
    name_of,
)
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS305", "bytearray_payload"
_DECODING = "Unexpected error decoding packet"  # engineio client.py ``_read_loop_websocket``


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a Python client could not decode a packet just after a bytearray went out."""
    told = any("bytearrays" in message.data for message in timeline.log.of(Kind.MESSAGE_EMITTED))
    if timeline.drops and not told:
        words = say("Nobody recorded of which types the emitted messages were.")
        return Finding(CODE, CAUSE, Truth.UNKNOWN, words)
    found = [(d, *pair) for d in timeline.drops if (pair := _undecoded(timeline, d))]
    if not found:
        words = say("No client failed to decode a packet after a bytearray was emitted.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    drop, message, line = found[0]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server emitted {name} with a bytearray, which goes out as the text "
            "\"bytearray(b'...')\"; the Python client could not decode it and closed. JavaScript "
            "clients stay, with wrong bytes and no error.",
            name=name_of(message),
        ),
        evidence=(message, line),
        explains=tuple(drop.sid for drop, _, _ in found),
        remedy=say("Emit bytes(buffer) instead of the bytearray."),
        path=(
            Step(
                say("The server emitted {name} with a bytearray", name=name_of(message)), message
            ),
            library_said(line),
            *loss_steps(timeline, drop),
        ),
        references=("flask-sock#63",),
    )


def _undecoded(timeline: Timeline, drop: Connection) -> tuple[Event, Event] | None:
    line = last_line(timeline, drop, _DECODING)
    guilty = [m for m in emitted_before(timeline, drop) if m.data.get("bytearrays", 0)]
    return (guilty[-1], line) if line is not None and guilty else None

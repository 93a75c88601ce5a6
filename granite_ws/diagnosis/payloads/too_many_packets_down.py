"""GWS309: one poll brought a Python client more packets than it takes."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import (
    emitted_before,
    last_line,
    library_said,
    loss_steps,
)
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS309", "too_many_packets_down"
_UNEXPECTED = "Unexpected packet from server"  # engineio client.py ``_read_loop_polling``


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a polling client refused what came while more than 16 messages waited."""
    if timeline.drops and not timeline.log.of(Kind.MESSAGE_EMITTED):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody recorded what the server emitted."))
    found = [(d, *rest) for d in timeline.drops if (rest := _refused(timeline, d)) is not None]
    if not found:
        words = say("No polling client refused what a poll brought after a burst of messages.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    drop, line, waiting = found[0]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "{count} messages were emitted and not yet delivered when the client polled; the "
            "server puts all of them into one answer, and a Python client takes at most "
            "{most} and closes.",
            count=len(waiting),
            most=limits.MOST_PACKETS,
        ),
        evidence=(waiting[0], waiting[-1], line),
        explains=tuple(drop.sid for drop, _, _ in found),
        remedy=say(
            "Use the WebSocket transport, send one message for many values, or set "
            "engineio.payload.Payload.max_decode_packets (for example 500) in the client."
        ),
        path=(
            Step(say("The first of the messages that were not delivered"), waiting[0]),
            Step(say("The last of {count}", count=len(waiting)), waiting[-1]),
            library_said(line),
            *loss_steps(timeline, drop),
        ),
        references=("python-engineio#142", "nicegui#209"),
    )


def _refused(timeline: Timeline, drop: Connection) -> tuple[Event, tuple[Event, ...]] | None:
    line = last_line(timeline, drop, _UNEXPECTED)
    if line is None or drop.transport != "polling":
        return None
    window_s = limits.REFUSAL_WINDOW_S
    emitted = emitted_before(timeline, drop, within_s=window_s)
    lost = drop.ended_ns or timeline.ended_ns
    arrived = sum(
        lost - window_s * SECOND <= event.at_ns <= lost
        for event in events_of(timeline, drop.sid, Kind.MESSAGE_RECEIVED)
    )
    waiting = emitted[arrived:]
    return (line, waiting) if len(waiting) > limits.MOST_PACKETS else None

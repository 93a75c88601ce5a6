"""GWS306: a result could not be written as JSON, so it was never sent."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import name_of
from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS306", "unserialisable_result"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when an emit raised TypeError while it was encoded; it explains no drop."""
    if not timeline.log.of(Kind.MESSAGE_EMITTED, Kind.MESSAGE_REFUSED):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody recorded what the server emitted."))
    refused = [
        event
        for event in timeline.log.of(Kind.MESSAGE_REFUSED)
        if event.data["exception"] == "TypeError"
    ]
    if not refused:
        words = say("Every message that was emitted could be written as JSON.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    first = refused[0]
    threads = sorted({str(event.data["thread"]) for event in refused})
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The emit of {name} raised TypeError ({error}): the connection holds, and its client "
            "waits for ever. {count} such, in thread {threads}.",
            name=name_of(first),
            error=first.data["error"],
            count=len(refused),
            threads=", ".join(threads),
        ),
        evidence=tuple(refused),
        remedy=say(
            "Turn NumPy and torch values into plain ones before you emit: .item() for one "
            "number, .tolist() for an array; and let the thread tell its client when it fails."
        ),
        path=tuple(
            Step(
                say("The emit of {name} raised TypeError; nothing was sent", name=name_of(event)),
                event,
            )
            for event in refused[:3]
        ),
        references=("Flask-SocketIO#544", "flask#4012"),
    )

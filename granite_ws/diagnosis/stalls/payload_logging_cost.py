"""GWS126: whole payloads are logged, and the threads that answer clients wait for the handler."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.stalls.logging_jammed import Jammed, Jamming, judge_jam
from granite_ws.diagnosis.stalls.reading import seconds_between
from granite_ws.events import Event
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS126", "payload_logging_cost"


def _claim(one: Jammed) -> Phrase:
    if one.payload is None:
        raise AssertionError("a jam is only this cause with its payload")
    return say(
        'The line that logs the packet of "{event}" ({size:,} bytes) was still being handled '
        "{seconds:.1f} s after it was emitted, and {threads} waited behind it, "
        "those that answer the clients among them.",
        event=one.payload.data["event"],
        size=one.payload.data["bytes"],
        seconds=seconds_between(one.payload.at_ns, one.look.at_ns),
        threads=one.jam.queue,
    )


def _begun(one: Jammed) -> tuple[str, Event | None]:
    return say("The server emitted a large message, and logged all of it"), one.payload


_JAMMING = Jamming(
    code=CODE,
    cause=CAUSE,
    guilty=lambda one: one.payload is not None,
    claim=_claim,
    begun=_begun,
    remedy=say(
        "SocketIO(logger=False, engineio_logger=False), or level WARNING for both, or cut "
        "their lines; send log lines through a logging.handlers.QueueHandler."
    ),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when clients were lost while a large packet's own log line was being handled."""
    return judge_jam(timeline, _JAMMING)

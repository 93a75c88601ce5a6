"""GWS125: nobody reads the pipe that the server logs into, and whoever logs waits for ever."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding
from granite_ws.diagnosis.stalls.logging_jammed import Jammed, Jamming, judge_jam
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS125", "log_pipe_full"


def _claim(one: Jammed) -> Phrase:
    return say(
        "A log line ({frame}) did not return from being written: whatever takes the "
        "server's output had stopped reading it, and {threads} waited behind "
        "that line, those that answer the clients among them. The process itself ran.",
        frame=one.jam.frame,
        threads=one.jam.queue,
    )


_JAMMING = Jamming(
    code=CODE,
    cause=CAUSE,
    # In the write itself, and the line is no payload that would take its time by its size.
    guilty=lambda one: one.jam.is_writing and one.payload is None,
    claim=_claim,
    begun=lambda _one: ("", None),
    remedy=say(
        "Read the server's output all the time, or log to a file; a logging.handlers."
        "QueueHandler keeps a slow reader away from the threads that serve."
    ),
    references=("flask#4852", "Flask-SocketIO#880"),
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when clients were lost while a log line hung in its write, whatever its size."""
    return judge_jam(timeline, _JAMMING)

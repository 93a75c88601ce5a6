"""GWS127: no further thread could be started, and what reads the packets fell over it."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS127", "thread_exhaustion"
_REFUSED = "can't start new thread"  # CPython ``thread.c``, in threads of any library


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a connection ended at once after such an error in its receive loop."""
    if not timeline.drops:
        return _finding(Truth.REFUTED, say("No connection was lost."))
    if not timeline.log.of(Kind.HANDSHAKE):
        return _finding(Truth.UNKNOWN, say("Nobody watched the server's side."))
    errors = [e for e in timeline.log.of(Kind.SERVER_LOG) if _is_refusal(e)]
    found = [
        (drop, error)
        for drop in timeline.drops
        if (error := _ended_by(timeline, drop, errors)) is not None
    ]
    if not found:
        return _finding(
            Truth.REFUTED, say("No connection ended because a thread could not be started.")
        )
    drop, error = found[0]
    pongs = [
        e for e in events_of(timeline, drop.sid, Kind.PONG_RECEIVED) if e.at_ns <= error.at_ns
    ]
    steps: list[tuple[str, Event | None]] = [
        (
            say("The client's PONG came; the next PING needs a thread"),
            pongs[-1] if pongs else None,
        ),
        (say("The server could not start one: {error}", error=error.data["exception"]), error),
        reading.loss_of(timeline, drop),
    ]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server could start no further thread{had}; python-engineio starts one for every "
            "PING, and ended the connection over the error.",
            had=_count(timeline, error),
        ),
        evidence=tuple(error for _, error in found),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=say(
            "Find the threads that never end (threading.enumerate()); then raise the limits "
            "(ulimit -u, the container's pids.max) or serve fewer clients in one process."
        ),
        path=tuple(Step(text, event) for text, event in reading.in_order(steps)),
        references=("python-socketio#928", "Flask-SocketIO#482", "flask#2882"),
    )


def _finding(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _is_refusal(event: Event) -> bool:
    return _REFUSED in event.data["exception"] or _REFUSED in event.data["line"]


def _ended_by(timeline: Timeline, drop: Connection, errors: list[Event]) -> Event | None:
    """The error that ended this connection: its WebSocket ends in the same thread, at once.

    The line names no client, so it must follow a packet of this one and precede its end.
    """
    window = limits.FELL_OVER_S * SECOND
    ends = events_of(timeline, drop.sid, Kind.WEBSOCKET_ENDED, Kind.CLIENT_DISCONNECTED)
    packets = events_of(timeline, drop.sid, Kind.PONG_RECEIVED, Kind.CLIENT_CONNECTED)
    for error in errors:
        ended = any(0 <= end.at_ns - error.at_ns <= window for end in ends)
        came = any(0 <= error.at_ns - packet.at_ns <= window for packet in packets)
        if ended and came:
            return error
    return None


def _count(timeline: Timeline, error: Event) -> str:
    """How many threads the process had at the last sample before, where somebody sampled."""
    samples = [e for e in timeline.log.of(Kind.SAMPLE) if e.data["role"] == "server"]
    before = [e.data["threads"] for e in samples if e.at_ns <= error.at_ns]
    return say(" (it had {count} a moment before)", count=before[-1]) if before else ""

"""GWS406: the client's process ended without a word, and its connection with it."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.clients.unanswered import in_order, loss_steps
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS406", "client_killed"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a client's process ended unasked before it could say anything, and the
    server, where it was watched, saw the connection end then and not before.
    """
    drops = timeline.drops
    if not drops:
        return _say(Truth.REFUTED, say("No connection was lost."))
    if not any(_is_client(event) for event in timeline.log.of(Kind.PROCESS_STARTED)):
        return _say(Truth.UNKNOWN, say("Nobody watched the clients' processes."))
    found = [(drop, end) for drop in drops if (end := _end_of_process(timeline, drop)) is not None]
    if not found:
        words = say("No client's process ended unasked before its connection was lost.")
        return _say(Truth.REFUTED, words)
    drop, end = found[0]
    code = end.data["exit_code"]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        _claim(code, drop.server_reason or say("nothing yet")),
        evidence=tuple(end for _, end in found),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=say(
            "Look at the client's machine: a kernel that was restarted, a tab or a browser "
            "that crashed, the kernel's log for out-of-memory. The server can do nothing about it "
            "but keep what the client will ask for when it comes back."
        ),
        path=in_order(
            Step(_how(code), end),
            *loss_steps(timeline, drop),
        ),
    )


def _claim(code: int, seen_as: str) -> str:
    if code < 0:
        return say(
            "The client's process was ended by signal {signal} and said nothing more; the kernel "
            "closed its connection, which the server saw as {seen_as}.",
            signal=-code,
            seen_as=seen_as,
        )
    return say(
        "The client's process exited with code {code} and said nothing more; the kernel closed "
        "its connection, which the server saw as {seen_as}.",
        code=code,
        seen_as=seen_as,
    )


def _how(code: int) -> str:
    if code < 0:
        return say("The client's process was ended by signal {signal}", signal=-code)
    return say("The client's process exited with code {code}", code=code)


def _is_client(event: Event) -> bool:
    return str(event.data["role"]).startswith("probe")


def _end_of_process(timeline: Timeline, drop: Connection) -> Event | None:
    """The end of this client's process: the server sees it at once, the runner a moment later."""
    if drop.client_gone_ns is None or drop.ended_ns is not None:
        return None
    window = limits.SERVER_END_WINDOW_S * SECOND
    seen = drop.server_ended_ns
    if seen is not None and abs(seen - drop.client_gone_ns) > window:
        return None
    pids = {event.data.get("pid") for event in events_of(timeline, drop.sid, Kind.CONNECTED)}
    ends = [e for e in timeline.log.of(Kind.PROCESS_ENDED) if e.data.get("pid") in pids]
    return next((event for event in ends if event.at_ns == drop.client_gone_ns), None)


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)

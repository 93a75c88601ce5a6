"""GWS209: a polling client came back to a new server process, which does not know it."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.ends.process_end import way
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS209", "restart_invalid_session"
_INVALID = "Invalid session"  # engineio server.py ``handle_request``


@dataclass(frozen=True)
class _Refusal:
    """One drop: opened by one process, refused by the one that took its place."""

    drop: Connection
    opened: Event
    successor: Event
    refused: Event


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a session was refused as unknown after another process had taken over."""
    listening = timeline.log.of(Kind.LISTENING)
    if not listening or any("pid" not in event.data for event in listening):
        return _finding(Truth.UNKNOWN, say("Nobody recorded which process listened."))
    if len({event.data["pid"] for event in listening}) == 1:
        return _finding(Truth.REFUTED, say("One server process served the whole session."))
    refusals = [r for drop in timeline.drops if (r := _refusal(timeline, drop)) is not None]
    if not refusals:
        return _finding(
            Truth.UNKNOWN, say("The server was started again, and refused no session.")
        )
    return _supported(timeline, refusals)


def _refusal(timeline: Timeline, drop: Connection) -> _Refusal | None:
    opened = next(iter(events_of(timeline, drop.sid, Kind.HANDSHAKE)), None)
    if opened is None or drop.ended_ns is None:
        return None
    listening = [e for e in timeline.log.of(Kind.LISTENING) if e.at_ns <= drop.ended_ns]
    here = [event for event in listening if event.at_ns <= opened.at_ns]
    later = [e for e in listening if here and e.data["pid"] != here[-1].data["pid"]]
    successor = next((event for event in later if event.at_ns > opened.at_ns), None)
    lines = [e for e in events_of(timeline, drop.sid, Kind.SERVER_LOG) if _unknown(e)]
    near = limits.REFUSAL_WINDOW_S * SECOND
    refused = [
        e
        for e in lines
        if successor is not None
        and successor.at_ns <= e.at_ns
        and e.at_ns <= drop.ended_ns <= e.at_ns + near
    ]
    if successor is None or not refused:
        return None
    return _Refusal(drop, opened, successor, refused[0])


def _unknown(line: Event) -> bool:
    return str(line.data["line"]).startswith(_INVALID)


def _supported(timeline: Timeline, refusals: list[_Refusal]) -> Finding:
    first = refusals[0]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server was started again (pid {pid}) {seconds:.1f} s after the client had "
            "connected, and the new process refused the old session: its sessions live in memory.",
            pid=first.successor.data["pid"],
            seconds=(first.successor.at_ns - first.opened.at_ns) / SECOND,
        ),
        evidence=tuple(e for r in refusals for e in (r.opened, r.successor, r.refused)),
        explains=tuple(refusal.drop.sid for refusal in refusals),
        remedy=say(
            "Nothing is broken: each client reconnects once after a restart, so let it resend "
            "what it needs in its connect handler. Find who restarted the server if nobody meant "
            "to."
        ),
        path=way(
            timeline,
            [first.drop],
            Step(say("a first process opened the session"), first.opened),
            Step(say("another process listens in its place"), first.successor),
            Step(say("it does not know the session"), first.refused),
            last=say("the client was told so, and gave its connection up"),
        ),
        references=("Flask-SocketIO#597", "Flask-SocketIO#963"),
    )


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

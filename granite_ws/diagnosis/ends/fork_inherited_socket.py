"""GWS206: the server died, and a process that it had forked kept its clients' sockets open."""

from __future__ import annotations

from granite_ws.diagnosis.ends.process_end import End, gave_up, sids, unasked_ends, way
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS206", "fork_inherited_socket"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the server ended, connections of it were seen open in another process, and
    clients gave up by their own deadline after that instead of being told at once.
    """
    ends = unasked_ends(timeline)
    if ends is None:
        return _finding(Truth.UNKNOWN, say("Nobody saw the server process end."))
    if not ends:
        return _finding(Truth.REFUTED, say("The server process lived to the end."))
    end = ends[-1]
    if "left_behind" not in end.event.data:
        return _finding(
            Truth.UNKNOWN, say("Nobody looked for processes that the server left behind.")
        )
    if not end.connections_left:
        return _finding(Truth.REFUTED, say("No connection was left open when the server ended."))
    drops = _waited(timeline, end)
    if not drops:
        return _finding(
            Truth.UNKNOWN, say("A connection was left open, and no client waited on it.")
        )
    return _supported(timeline, end, drops)


def _waited(timeline: Timeline, end: End) -> tuple[Connection, ...]:
    return tuple(
        drop
        for drop in timeline.drops
        if gave_up(drop)
        and drop.ended_ns is not None
        and drop.connected_ns < end.event.at_ns < drop.ended_ns
    )


def _supported(timeline: Timeline, end: End, drops: tuple[Connection, ...]) -> Finding:
    left = [one for one in end.event.data["left_behind"] if one["connections"]]
    pids = ", ".join(str(one["pid"]) for one in left)
    first = min(drops, key=lambda drop: drop.ended_ns or 0)
    heard = _last_ping(timeline, first, end)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server process ended, and a process that it had forked (pid {pids}) kept its "
            "clients' sockets open: they waited {seconds:.1f} s for a PING from nobody.",
            pids=pids,
            seconds=((first.ended_ns or 0) - end.event.at_ns) / SECOND,
        ),
        evidence=(end.event, *((heard,) if heard else ())),
        explains=sids(drops),
        remedy=say(
            "Start worker processes with multiprocessing's 'spawn' or 'forkserver', or fork "
            "before the server listens; then find what ended the server."
        ),
        path=way(
            timeline,
            [first],
            *([Step(say("the client hears its last PING"), heard)] if heard else []),
            Step(say("the server is gone, pid {pids} keeps its sockets", pids=pids), end.event),
            last=say("the client's own deadline passed"),
        ),
        limit=_limit(first),
        references=("tt-inference-server#3640", "Flask-SocketIO#1209"),
    )


def _last_ping(timeline: Timeline, drop: Connection, end: End) -> Event | None:
    pings = events_of(timeline, drop.sid, Kind.PING_RECEIVED)
    heard = [ping for ping in pings if ping.at_ns <= end.event.at_ns]
    return heard[-1] if heard else None


def _limit(drop: Connection) -> str:
    """The Python client's second rule, where that one was the shorter."""
    return "write_idle" if "packet queue is empty" in (drop.client_log or "") else ""


def _finding(truth: Truth, claim: str) -> Finding:
    return Finding(CODE, CAUSE, truth, claim)

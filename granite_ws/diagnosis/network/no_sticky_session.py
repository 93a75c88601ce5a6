"""GWS508: several servers share the requests of one client, and only one of them knows it."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Timeline

CODE, CAUSE = "GWS508", "no_sticky_session"
_INVALID = "Invalid session"  # engineio server.py ``handle_request``


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when sessions, more than one, were refused as unknown right after they began."""
    if not timeline.log.of(Kind.HANDSHAKE):
        return _say(Truth.UNKNOWN, say("Nobody recorded which sessions the server opened."))
    refused = _refused(timeline)
    pairs = [(began, no) for began, no in refused if _at_once(timeline, began, no)]
    if len(pairs) < limits.FEW_REFUSALS:
        return _say(
            Truth.REFUTED, say("No sessions were refused as unknown right after they began.")
        )
    began, no = pairs[0]
    opened = len(timeline.log.of(Kind.HANDSHAKE))
    sids = {event.sid for event, _ in refused}
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "{count} of {opened} sessions were refused as unknown within {window_s:g} s (the "
            "first after {first_ms:.0f} ms) although no server restarted: their requests went to "
            "a server that had not opened them.",
            count=len(pairs),
            opened=opened,
            window_s=limits.REFUSED_AT_ONCE_S,
            first_ms=(no.at_ns - began.at_ns) / 1e6,
        ),
        evidence=tuple(event for pair in pairs for event in pair),
        explains=tuple(drop.sid for drop in timeline.drops if drop.sid in sids),
        remedy=say(
            "Send all requests of one client to the same server (nginx: ip_hash; a cookie at "
            'the load balancer), let clients use transports=["websocket"] only, or run one worker '
            "(gunicorn -w 1) with threads."
        ),
        path=(
            Step(say("One server opened the session"), began),
            Step(say("Another one refused it"), no),
        ),
        references=("Flask-SocketIO#439", "Flask-SocketIO#467"),
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _refused(timeline: Timeline) -> list[tuple[Event, Event]]:
    """(handshake, first refusal as unknown) of each session that has both."""
    invalid = {
        event.sid
        for event in timeline.log.of(Kind.SERVER_LOG)
        if str(event.data["line"]).startswith(_INVALID)
    }
    first: dict[str | None, Event] = {}
    for event in timeline.log.of(Kind.REQUEST_REFUSED):
        if event.sid in invalid:
            first.setdefault(event.sid, event)
    opened = timeline.log.of(Kind.HANDSHAKE)
    return [(event, first[event.sid]) for event in opened if event.sid in first]


def _at_once(timeline: Timeline, began: Event, no: Event) -> bool:
    """Soon, and the session's own server neither ended it nor was replaced meanwhile."""
    soon = 0 <= no.at_ns - began.at_ns <= limits.REFUSED_AT_ONCE_S * SECOND
    between = [e for e in timeline.log if began.at_ns < e.at_ns < no.at_ns]
    renewed = any(
        e.kind in (Kind.PROCESS_ENDED, Kind.LISTENING) and _is_server(e) for e in between
    )
    ended = any(e.kind is Kind.CLIENT_DISCONNECTED and e.sid == began.sid for e in between)
    return soon and not renewed and not ended


def _is_server(event: Event) -> bool:
    return event.kind is Kind.LISTENING or event.data.get("role") == "server"

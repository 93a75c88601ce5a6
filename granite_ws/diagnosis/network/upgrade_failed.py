"""GWS509: no client could change to a WebSocket; all stayed on polling. Nothing drops by that."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS509", "upgrade_failed"
# engineio client.py and engine.io-client's event "upgradeError" on one side, what each says after
# an upgrade that went well on the other.
_FAILED = ("WebSocket upgrade failed", "upgradeError")
_WENT_WELL = ("upgrade was successful", "upgrade: websocket")
_ALIVE = (Kind.PONG_SENT, Kind.MESSAGE_RECEIVED)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a client's upgrade failed and its connection went on by polling."""
    if not timeline.connections:
        return _say(Truth.UNKNOWN, say("No client was seen to connect."))
    lines = [e for e in timeline.log.of(Kind.CLIENT_LOG) if _says(e, _FAILED)]
    stayed = [line for line in lines if _went_on(timeline, line)]
    if not stayed:
        return _say(Truth.REFUTED, say("No client's upgrade to a WebSocket failed."))
    first = stayed[0]
    refusals = [
        event
        for event in events_of(timeline, str(first.sid), Kind.REQUEST_REFUSED)
        if event.data.get("transport") == "websocket"
    ]
    steps = [Step(say("The client said: {reason}", reason=first.data["line"]), first)]
    steps += [
        Step(say("The server refused the upgrade: it came without its header"), e)
        for e in refusals
    ]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "{count} connection(s) could not change to a WebSocket and stayed on polling: each "
            "message costs requests, and the limits of polling apply.",
            count=len({line.sid for line in stayed}),
        ),
        evidence=(*stayed, *refusals),
        remedy=say(
            "Let the proxy pass the headers on (nginx: proxy_http_version 1.1; proxy_set_header"
            ' Upgrade $http_upgrade; proxy_set_header Connection "upgrade").'
        ),
        path=tuple(sorted(steps, key=lambda step: step.event.at_ns)),
        references=("Flask-SocketIO#1064",),
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _says(line: Event, words: tuple[str, ...]) -> bool:
    return any(word in str(line.data["line"]) for word in words)


def _went_on(timeline: Timeline, line: Event) -> bool:
    """It lived after that, and no later upgrade of the same session went well."""
    sid = str(line.sid)
    lived = any(e.at_ns > line.at_ns for e in events_of(timeline, sid, *_ALIVE))
    logged = events_of(timeline, sid, Kind.CLIENT_LOG)
    return lived and not any(_says(event, _WENT_WELL) for event in logged)

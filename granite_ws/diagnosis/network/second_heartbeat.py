"""GWS507: a second heartbeat, the web server's own, ended connections before Socket.IO's would."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import advertised, events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import mark, say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS507", "second_heartbeat"
# What the ``websockets`` library under uvicorn closes with when its own ping is not answered.
_INTERNAL_ERROR = 1011
_WORDS = "keepalive ping timeout"
_GAVE_UP = mark(
    "The web server's own heartbeat gave {count} client(s) up (Close 1011, keepalive ping "
    "timeout), {lived_s:.1f} s after they connected; Socket.IO's had not. It logs nothing."
)
_GAVE_UP_SOONER = mark(
    "The web server's own heartbeat gave {count} client(s) up (Close 1011, keepalive ping "
    "timeout), {lived_s:.1f} s after they connected; Socket.IO's would have waited {borne_s:g} s. "
    "It logs nothing."
)


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when either side saw the Close frame of the web server's own keepalive."""
    told = {drop.sid: _close_frame(timeline, drop) for drop in timeline.drops}
    found = [drop for drop in timeline.drops if told[drop.sid] is not None]
    if found:
        return _found(timeline, found, told)
    seen = {event.sid for event in timeline.log.of(Kind.WEBSOCKET_ENDED)}
    if any(drop.sid not in seen and drop.close_code is None for drop in timeline.drops):
        words = say("Nobody recorded with which Close frame a connection ended.")
        return Finding(CODE, CAUSE, Truth.UNKNOWN, words)
    words = say("No connection was closed by the web server's own keepalive.")
    return Finding(CODE, CAUSE, Truth.REFUTED, words)


def _close_frame(timeline: Timeline, drop: Connection) -> Event | None:
    for event in events_of(timeline, drop.sid, Kind.WEBSOCKET_ENDED):
        sent = event.data.get("sent_code") == _INTERNAL_ERROR
        if sent and _WORDS in str(event.data.get("sent_message")):
            return event
    for event in events_of(timeline, drop.sid, Kind.DISCONNECTED):
        if _WORDS in str((event.data.get("details") or {}).get("close_reason")):
            return event
    return None


def _found(timeline: Timeline, found: list[Connection], told: dict[str, Event | None]) -> Finding:
    drop = found[0]
    frames = tuple(event for d in found if (event := told[d.sid]) is not None)
    promised = advertised(timeline, drop.sid)
    numbers = {
        "count": len(found),
        "lived_s": (frames[0].at_ns - drop.connected_ns) / SECOND,
        "borne_s": promised.ping_interval_s + promised.ping_timeout_s if promised else None,
    }
    ends = events_of(timeline, drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED)
    steps = [Step(say("The web server's own ping was not answered, and it closed"), frames[0])]
    steps += [Step(say("The loss was told"), event) for event in ends if event is not frames[0]]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(_GAVE_UP_SOONER if promised else _GAVE_UP, **numbers),
        evidence=frames,
        explains=tuple(d.sid for d in found),
        remedy=say(
            "Give uvicorn the same patience: --ws-ping-interval and --ws-ping-timeout equal to "
            "ping_interval and ping_timeout, or switch its ping off (uvicorn.Config("
            "ws_ping_interval=None)); Socket.IO has a heartbeat of its own."
        ),
        path=tuple(sorted(steps, key=lambda step: step.event.at_ns)),
        references=("uvicorn#1609", "uvicorn#245", "websockets#823"),
    )

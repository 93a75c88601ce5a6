"""GWS123: the connect handler takes so long that its client is given up before it is accepted."""

from __future__ import annotations

from dataclasses import dataclass

from granite_ws.diagnosis.evidence import advertised, events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say, say_many
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS123", "slow_connect_handler"
_GONE = "Client is gone"  # engineio socket.py ``check_ping_timeout``


@dataclass(frozen=True)
class _Refused:
    """A client that came, met the handler, and was lost before it was accepted."""

    opening: Event
    look: Event
    loss: Event
    frame: str


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when clients were lost while the stacks show their connect handler at work."""
    openings = timeline.log.of(Kind.HANDSHAKE)
    if not openings or not reading.sees_all(timeline):
        return _finding(Truth.UNKNOWN, say("Nobody watched how the server takes clients in."))
    found = [one for opening in openings if (one := _refused(timeline, opening)) is not None]
    if not found:
        return _finding(Truth.REFUTED, say("No client was lost in the connect handler."))
    first = found[0]
    promised = advertised(timeline, str(first.opening.sid))
    patience = (
        say("ping_timeout of {limit_s:g} s", limit_s=promised.ping_timeout_s)
        if promised
        else "ping_timeout"
    )
    failed = say_many(
        "{count} connection came to nothing", "{count} connections came to nothing", len(found)
    )
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "{failed}: the connect handler ({frame}) was still at work when the client was given "
            "up after {seconds:.1f} s; no PONG is read meanwhile, and it must return within the "
            "{patience}.",
            failed=failed,
            frame=first.frame,
            seconds=reading.seconds_between(first.opening.at_ns, first.loss.at_ns),
            patience=patience,
        ),
        evidence=tuple(one.look for one in found),
        remedy=say(
            "Return from the connect handler at once: load models at start-up, start other "
            "work with socketio.start_background_task."
        ),
        path=(
            Step(say("A client opened a connection"), first.opening),
            Step(
                say("Its connect handler was still at work: {frame}", frame=first.frame),
                first.look,
            ),
            Step(_told(first.loss), first.loss),
        ),
        blocked_at=first.frame,
        references=("python-socketio#634", "python-socketio#646", "uptime-kuma-api#11"),
    )


def _finding(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _refused(timeline: Timeline, opening: Event) -> _Refused | None:
    sid = str(opening.sid)
    if events_of(timeline, sid, Kind.CONNECTED):
        return None
    for look in events_of(timeline, sid, Kind.STACK):
        frame = reading.handler_frame(look, "_handle_connect")
        loss = _loss(timeline, sid, look.at_ns)
        if frame and loss is not None:
            return _Refused(opening, look, loss, frame)
    return None


def _loss(timeline: Timeline, sid: str, after_ns: int) -> Event | None:
    """The first word of either side that the client is gone."""
    told = events_of(timeline, sid, Kind.CONNECT_FAILED, Kind.SERVER_LOG)
    return next((e for e in told if e.at_ns >= after_ns and _is_loss(e)), None)


def _is_loss(event: Event) -> bool:
    return event.kind is Kind.CONNECT_FAILED or _GONE in event.data["line"]


def _told(loss: Event) -> Phrase:
    if loss.kind is Kind.CONNECT_FAILED:
        return say("The client gave up: {error}", error=loss.data["error"])
    return say("The server gave the client up")

"""What the checks of this group look at: who refused a message, and which one it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of, told_by
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import SECOND, Connection, Timeline

PARSE_ERROR = "parse error"  # engine.io-client's reason; socket.io-client manager.js ``ondata``


@dataclass(frozen=True)
class Refusal:
    """What one check looks for: the JavaScript parser's words, and the message they are about.

    saying: the parser's words (socket.io-parser 4.2 ``index.js``), any of them.
    guilty: whether an emitted message is one that this parser refuses so.
    blame:  the words for such a message, after "The server emitted".
    sure:   such a message is always refused: it is to blame, too, where the client's words were
            not kept.
    """

    code: str
    cause: str
    saying: tuple[str, ...]
    guilty: Callable[[Event], bool]
    blame: Callable[[Event], str]
    remedy: str
    references: tuple[str, ...]
    sure: bool = True


def judge_refusal(timeline: Timeline, wanted: Refusal) -> Finding:
    """SUPPORTED when a JavaScript client fell over just such a message; never from one side."""

    def finding(truth: Truth, words: str) -> Finding:
        return Finding(wanted.code, wanted.cause, truth, words)

    drops = timeline.drops
    if drops and not timeline.log.of(Kind.MESSAGE_EMITTED):
        return finding(Truth.UNKNOWN, say("Nobody recorded what the server emitted."))
    refused = [drop for drop in drops if drop.client_reason == PARSE_ERROR]
    if not refused:
        unseen = any(drop.client_reason is None for drop in drops)
        if unseen:
            return finding(Truth.UNKNOWN, say("Not seen: a drop's client was not watched."))
        return finding(Truth.REFUTED, say("Not seen: no client refused a message."))
    found = [
        (drop, message)
        for drop in refused
        if _speaks_of(wanted, drop)
        and (message := _last(emitted_before(timeline, drop), wanted.guilty)) is not None
    ]
    if not found:
        return finding(Truth.REFUTED, say("A client refused a message, but not for this."))
    drop, message = found[0]
    words = said_by(drop)
    blamed = wanted.blame(message)
    return Finding(
        wanted.code,
        wanted.cause,
        Truth.SUPPORTED,
        say(
            "The server emitted {message}; {delay} the JavaScript client closed its connection: "
            "parse error{quoted}.",
            message=blamed,
            delay=_delay(message, drop),
            quoted=f', "{words}"' if words else "",
        ),
        evidence=tuple(message for _, message in found),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=wanted.remedy,
        path=(
            Step(say("The server emitted {message}", message=blamed), message),
            *loss_steps(timeline, drop),
        ),
        references=wanted.references,
        strength=Strength.DIRECT if words else Strength.INFERRED,
    )


def _speaks_of(wanted: Refusal, drop: Connection) -> bool:
    words = said_by(drop)
    return any(part in words for part in wanted.saying) if words else wanted.sure


def _delay(message: Event, drop: Connection) -> Phrase:
    if drop.ended_ns is None or message.data.get("timeless"):
        return say("then")
    return say("{milliseconds:.0f} ms later", milliseconds=(drop.ended_ns - message.at_ns) / 1e6)


def _last(messages: tuple[Event, ...], guilty: Callable[[Event], bool]) -> Event | None:
    return next((message for message in reversed(messages) if guilty(message)), None)


def said_by(drop: Connection) -> str:
    """The words of the JavaScript client's error, empty where it gave none."""
    return str(drop.details.get("message") or drop.details.get("description") or "")


def emitted_before(
    timeline: Timeline, drop: Connection, *, within_s: float = limits.REFUSAL_WINDOW_S
) -> tuple[Event, ...]:
    """What the server emitted in the last seconds before this loss, in order; where it is known
    to whom, only what went to this client.
    """
    lost = drop.ended_ns or drop.lost_ns or timeline.ended_ns
    return tuple(
        event
        for event in timeline.log.of(Kind.MESSAGE_EMITTED)
        if lost - within_s * SECOND <= event.at_ns <= lost and event.sid in (None, drop.sid)
    )


def name_of(message: Event) -> str:
    """The event's name in quotation marks."""
    return f'"{message.data.get("event")}"'


def loss_steps(timeline: Timeline, drop: Connection) -> tuple[Step, ...]:
    """How each side told of this loss, in order of time."""
    told = events_of(timeline, drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED)
    return tuple(Step(told_by(event), event) for event in told)


def library_said(line: Event) -> Step:
    """What the client's own library told of it."""
    return Step(say("The client library said: {line}", line=line.data["line"]), line)


def last_line(timeline: Timeline, drop: Connection, words: str) -> Event | None:
    """The client library's last line about this connection that holds these words."""
    lines = events_of(timeline, drop.sid, Kind.CLIENT_LOG)
    return next((line for line in reversed(lines) if words in line.data["line"]), None)

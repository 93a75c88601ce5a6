"""GWS312: only the first part of a large message was sent; the client waits for the rest."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import loss_steps
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS312", "gevent_partial_send"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a send to a dropped client fell short, and nothing reached it after that."""
    if not timeline.log.of(Kind.HANDSHAKE):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("Nobody watched the server's side."))
    found = [(d, short) for d in timeline.drops if (short := _cut(timeline, d)) is not None]
    if not found:
        words = say("No dropped client had been sent only a part of a message.")
        return Finding(CODE, CAUSE, Truth.REFUTED, words)
    drop, short = found[0]
    asked, sent = short.data["asked_bytes"], short.data["sent_bytes"]
    swallowed = _ping_after(timeline, drop, short)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "Only {sent:,} of {asked:,} bytes of one message were sent, and the rest never: the "
            "client waits inside this message and takes every later PING for a part of it.",
            sent=sent,
            asked=asked,
        ),
        evidence=(short,),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=say(
            "simple-websocket calls send() once, and under gevent that takes only what fits "
            "into the socket: install gevent-websocket, use async_mode='threading', patch it to "
            "sendall(), or keep every message below about {safe:,} bytes.",
            safe=sent // 2,
        ),
        path=(
            Step(say("{sent:,} of {asked:,} bytes were sent", sent=sent, asked=asked), short),
            *(
                Step(say("The next PING was written into the open message"), ping)
                for ping in swallowed
            ),
            *loss_steps(timeline, drop),
        ),
        references=("simple-websocket#45", "simple-websocket#34"),
    )


def _cut(timeline: Timeline, drop: Connection) -> Event | None:
    """The first short send after which the server went on, and the client heard nothing more."""
    heard = events_of(timeline, drop.sid, Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED)
    for short in events_of(timeline, drop.sid, Kind.SHORT_SEND):
        # What was under way may still come in.
        since = short.at_ns + limits.IN_FLIGHT_S * SECOND
        silent = not any(event.at_ns > since for event in heard)
        # A client that closed by itself cuts the send that is under way, too: no PING follows.
        if silent and _ping_after(timeline, drop, short):
            return short
    return None


def _ping_after(timeline: Timeline, drop: Connection, short: Event) -> tuple[Event, ...]:
    """The first PING that was written after it and before the loss; none, or this one."""
    lost = drop.lost_ns or timeline.ended_ns
    pings = events_of(timeline, drop.sid, Kind.PING_WRITTEN)
    return tuple(ping for ping in pings if short.at_ns < ping.at_ns < lost)[:1]

"""Causes that one setting other than ping_timeout removes."""

from __future__ import annotations

import itertools
import math

from granite_ws.advice.case import MARGIN, Advice, Case, Rule, Value
from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline


def fixed(setting: str, value: Value, sentence: str) -> Rule:
    """A cause that one setting removes, whatever was measured."""
    return lambda case: (case.advice(sentence, setting=setting, value=value),)


# Their bytes went to the client: the limit is for what comes from it.
_OUTBOUND = (Kind.MESSAGE_EMITTED, Kind.MESSAGE_RECEIVED, Kind.EMIT_BEGUN, Kind.EMIT_DONE)


def admit_inbound(case: Case) -> tuple[Advice, ...]:
    """The next size above the message that the server refused."""
    told = [*case.events(Kind.REQUEST_REFUSED), *case.finding.evidence]
    told = [event for event in told if event.kind not in _OUTBOUND]
    sizes = [size for event in told if isinstance(size := event.data.get("bytes"), int)]
    handshakes = case.events(Kind.HANDSHAKE)
    limit = handshakes[0].data["max_payload_bytes"] if handshakes else 0
    if not sizes or max(sizes) <= limit:
        why = say("The log does not hold the size of the message that was refused.")
        return (case.remedy(why),)
    value = next_size(max(sizes))
    return (
        case.advice(
            say(
                "The client sent {sent:,} bytes where {limit:,} were allowed: "
                "max_http_buffer_size = {value:,} takes it.",
                sent=max(sizes),
                limit=limit,
                value=value,
            ),
            setting="max_http_buffer_size",
            value=value,
            caution=say("Any client may then make the server hold that much at once."),
        ),
    )


def ping_before_the_proxy(case: Case) -> tuple[Advice, ...]:
    """A PING comes before the shortest silence after which a connection was cut."""
    ages = [age for drop in case.drops if (age := _idle_age_s(case.timeline, drop)) is not None]
    interval = math.floor(min(ages) * (1 - MARGIN)) if ages else 0
    if interval < 1:
        why = say("No whole ping_interval lies below the measured idle time.")
        return (case.remedy(why),)
    return (
        case.advice(
            say(
                "Connections ended after {idle_s:.2f} s without traffic: ping_interval = "
                "{interval} keeps {margin:.0%} below it. Or raise the proxy's read timeout.",
                idle_s=min(ages),
                interval=interval,
                margin=MARGIN,
            ),
            setting="ping_interval",
            value=interval,
        ),
    )


_TRAFFIC = (
    Kind.MESSAGE_RECEIVED,
    Kind.PING_RECEIVED,
    Kind.PONG_SENT,
    Kind.PONG_RECEIVED,
)


def _idle_age_s(timeline: Timeline, drop: Connection) -> float | None:
    lost = drop.lost_ns
    if lost is None:
        return None
    times = (e.at_ns for e in timeline.log.of(*_TRAFFIC) if e.sid == drop.sid and e.at_ns <= lost)
    return (lost - max(times, default=drop.connected_ns)) / SECOND


def whole_interval(case: Case) -> tuple[Advice, ...]:
    """The whole number above an interval that lost its fraction on the wire."""
    heartbeat = case.heartbeat
    if heartbeat is None:
        return (case.remedy(),)
    # The advertised number is the configured one without its fraction.
    value = int(heartbeat.ping_interval_s) + 1
    return (
        case.advice(
            say(
                "The client was told {told_s:g} s, the configured interval without its fraction: "
                "ping_interval = {value} is the next whole number.",
                told_s=heartbeat.ping_interval_s,
                value=value,
            ),
            setting="ping_interval",
            value=value,
        ),
    )


def next_size(size_bytes: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ... kilobytes above a size."""
    size = 1_000
    for factor in itertools.cycle((2, 2.5, 2)):
        if size > size_bytes:
            break
        size = int(size * factor)
    return size

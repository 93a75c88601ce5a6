"""GWS311: a message was larger than aiohttp's WebSocket client takes."""

from __future__ import annotations

import re

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.payloads.messages import (
    emitted_before,
    library_said,
    loss_steps,
    name_of,
)
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.timeline import Connection, Timeline

CODE, CAUSE = "GWS311", "async_client_4mb"
# aiohttp ``_websocket/reader_py.py``, as python-engineio's AsyncClient repeats it in its log.
_EXCEEDS = re.compile(r"Message size (\d+) exceeds limit (\d+)")


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a client's own library said that a message exceeded its limit."""
    if any(drop.client_reason is None for drop in timeline.drops):
        return Finding(CODE, CAUSE, Truth.UNKNOWN, say("A drop's client was not watched."))
    found = [(d, line) for d in timeline.drops if (line := _refusal(timeline, d)) is not None]
    if not found:
        return Finding(CODE, CAUSE, Truth.REFUTED, say("No client called a message too large."))
    drop, line = found[0]
    size, most = (int(number) for number in _numbers(line))
    emitted = [m for m in emitted_before(timeline, drop) if m.data["bytes"] > most][-1:]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "A message of {size:,} bytes reached a client on aiohttp, which takes {most:,} and "
            "closed. Other clients take it: the limit is this client's own, not "
            "max_http_buffer_size, which counts only what clients send.",
            size=size,
            most=most,
        ),
        evidence=(*emitted, line),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=say(
            "In the client: AsyncClient(websocket_extra_options={{'max_msg_size': 0}}); or send "
            "less than {most:,} bytes in one message.",
            most=most,
        ),
        path=(
            *(Step(_emission(message), message) for message in emitted),
            library_said(line),
            *loss_steps(timeline, drop),
        ),
        references=("python-engineio#293", "python-socketio#486", "python-socketio#1272"),
    )


def _emission(message: Event) -> Phrase:
    return say(
        "The server emitted {name}: {size:,} bytes",
        name=name_of(message),
        size=message.data["bytes"],
    )


def _numbers(line: Event) -> tuple[str, ...]:
    found = _EXCEEDS.search(line.data["line"])
    return found.groups() if found else ()


def _refusal(timeline: Timeline, drop: Connection) -> Event | None:
    lines = events_of(timeline, drop.sid, Kind.CLIENT_LOG)
    return next((line for line in lines if _numbers(line)), None)

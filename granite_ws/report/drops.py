"""One lost connection as a row: what each side knows of it, each fact with its event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from granite_ws.diagnosis.verdict import Drop
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.report.raw import Link, RawEvents
from granite_ws.timeline import SECOND, Connection, Stall, Timeline

_NEAR_NS = 10 * SECOND
# A client that comes back each second is lost a thousand times: the first of them are shown.
MOST_ROWS = 150
# A library's last words can be a whole message.
_LONGEST_WORDS = 300

# One line of a side, and the link to the event that shows it.
Known = tuple[Phrase, Link | None]


def drop_row(drop: Drop, timeline: Timeline, raw: RawEvents) -> dict[str, Any]:
    """Cause, and what the client's and the server's side know.

    raw: where the events that the row refers to are collected.
    """
    ended = drop.connection.ended_ns or timeline.ended_ns
    return {
        "at": say("{at_s:.1f} s", at_s=timeline.seconds(ended)),
        "client": drop.connection.client,
        "cause": drop.cause,
        "client_facts": _client_side(drop.connection, timeline, raw),
        "server_facts": _server_side(drop.connection, timeline, raw),
    }


def _client_side(connection: Connection, timeline: Timeline, raw: RawEvents) -> list[Known]:
    ended = connection.ended_ns or timeline.ended_ns
    left = _last(connection, timeline, Kind.DISCONNECTED)
    ping = _last(connection, timeline, Kind.PING_RECEIVED, until_ns=ended)
    seconds = (ended - connection.connected_ns) / SECOND
    lasted = say(
        "connected for {seconds:.1f} s, {transport}",
        seconds=seconds,
        transport=connection.transport or say("unknown"),
    )
    return [
        (
            say("reason: {reason}", reason=_cut(connection.client_reason) or say("none")),
            raw.link(left),
        ),
        (
            say("last words: {words}", words=_cut(connection.client_log) or say("none")),
            raw.link(left),
        ),
        (say("last PING in: {before}", before=_before(ended, ping)), raw.link(ping)),
        (lasted, raw.link(_last(connection, timeline, Kind.CONNECTED))),
    ]


def _server_side(connection: Connection, timeline: Timeline, raw: RawEvents) -> list[Known]:
    ended = connection.ended_ns or timeline.ended_ns
    noticed = _last(connection, timeline, Kind.CLIENT_DISCONNECTED)
    pong = _last(connection, timeline, Kind.PONG_RECEIVED)
    near = [s for s in timeline.stalls if 0 <= ended - s.began_ns <= _NEAR_NS]
    longest = max(near, key=lambda stall: stall.seconds).event if near else None
    reason = _cut(connection.server_reason) or say("it never noticed")
    thread = connection.server_thread or say("nobody")
    return [
        (say("reason: {reason}", reason=reason), raw.link(noticed)),
        (say("noticed by: {thread}", thread=thread), raw.link(noticed)),
        (say("last PONG in: {before}", before=_before(ended, pong)), raw.link(pong)),
        (say("stalls in the 10 s before: {stalls}", stalls=_stalls(near)), raw.link(longest)),
    ]


def _last(
    connection: Connection, timeline: Timeline, kind: Kind, *, until_ns: int | None = None
) -> Event | None:
    for event in reversed(timeline.log.of(kind)):
        if event.sid == connection.sid and (until_ns is None or event.at_ns <= until_ns):
            return event
    return None


def _cut(words: str | None) -> str:
    words = words or ""
    return words if len(words) <= _LONGEST_WORDS else words[:_LONGEST_WORDS] + "…"


def _before(ended_ns: int, event: Event | None) -> Phrase:
    if event is None:
        return say("none")
    return say("{seconds:.1f} s before", seconds=(ended_ns - event.at_ns) / SECOND)


def _stalls(near: Sequence[Stall]) -> Phrase:
    if not near:
        return say("none")
    longest = max(stall.seconds for stall in near)
    return say("{count}, longest {longest_s:.2f} s", count=len(near), longest_s=longest)

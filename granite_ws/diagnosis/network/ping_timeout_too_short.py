"""GWS511: the way there and back takes longer than ping_timeout allows, every time."""

from __future__ import annotations

import math

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised, pings_of
from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.network import silence
from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Ping, Timeline

CODE, CAUSE = "GWS511", "ping_timeout_too_short"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when well clients' PONGs came too late: no trip ever fits, most are alike."""
    if not silence.watched(timeline):
        words = say(
            "Both sides' heartbeats and stalls must be recorded to know how long the way is."
        )
        return _say(Truth.UNKNOWN, words)
    found = [
        (drop, ping)
        for drop in timeline.drops
        if (ping := _overtaken(timeline, drop) or _outrun(timeline, drop)) is not None
    ]
    if not found:
        return _say(Truth.REFUTED, say("No PONG was on its way when its server gave up."))
    trips = sorted(_trips(timeline, {drop.client for drop, _ in found}))
    if len(trips) < limits.FEW_INTERVALS:
        return _say(
            Truth.UNKNOWN, say("Too few round trips were seen to know whether all are long.")
        )
    allowed_s = max(p.ping_timeout_s for d, _ in found if (p := advertised(timeline, d.sid)))
    alike = [trip for trip in trips if trip <= trips[0] * (1 + limits.SAME_TRIP_SHARE)]
    if trips[0] <= allowed_s or len(alike) < max(limits.FEW_INTERVALS, len(trips) / 2):
        return _say(Truth.REFUTED, say("Round trips differed: it is not the length of the way."))
    return _found(timeline, found, alike)


def _trips(timeline: Timeline, clients: set[int]) -> list[float]:
    """Every round trip of these clients, also over connections that lived, seconds."""
    sids = {c.sid for c in timeline.connections if c.client in clients}
    pings = (ping for ping in timeline.pings if ping.sid in sids)
    return [trip for ping in pings if (trip := ping.round_trip_s) is not None]


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _overtaken(timeline: Timeline, drop: Connection) -> Ping | None:
    """The round in which a well server gave up although the client's PONG was on its way."""
    rounds = pings_of(timeline, drop.sid)
    promised = advertised(timeline, drop.sid)
    if not rounds or promised is None or drop.server_reason != "ping timeout":
        return None
    last = rounds[-1]
    queued, written, heard, sent = (
        last.queued_ns,
        last.written_ns,
        last.received_ns,
        last.pong_sent_ns,
    )
    if queued is None or written is None or heard is None or sent is None:
        return None
    gave_up = drop.server_ended_ns or 0
    there_s = (heard - written) / SECOND
    # The PONG may be recorded after all, or the closed WebSocket may have thrown it away.
    back = last.pong_received_ns or sent + (heard - written)
    fits = (
        there_s >= limits.LONG_WAY_SHARE * promised.ping_timeout_s
        and sent - heard <= limits.PROMPT_PONG_S * SECOND
        and queued < gave_up < back + limits.PROMPT_PONG_S * SECOND
    )
    return last if fits and not silence.stood_still(timeline, drop, queued, back) else None


def _outrun(timeline: Timeline, drop: Connection) -> Ping | None:
    """The last whole round of a client that gave up because of it: the next PING is due one
    ping_interval after the PONG came, which is more than pi + pt after the PING before.
    """
    promised, gave_up = advertised(timeline, drop.sid), silence.gave_up_ns(drop)
    whole = [ping for ping in pings_of(timeline, drop.sid) if ping.pong_received_ns is not None]
    if promised is None or gave_up is None or not whole:
        return None
    last = whole[-1]
    heard, sent, back = last.received_ns, last.pong_sent_ns, last.pong_received_ns
    if heard is None or sent is None or back is None or last.queued_ns is None:
        return None
    waited_s = (gave_up - heard) / SECOND
    fits = (
        (back - last.queued_ns) / SECOND > promised.ping_timeout_s
        and sent - heard <= limits.PROMPT_PONG_S * SECOND
        and abs(waited_s - promised.ping_interval_s - promised.ping_timeout_s)
        <= limits.SAME_MOMENT_S
    )
    return last if fits and not silence.stood_still(timeline, drop, heard, gave_up) else None


def _found(
    timeline: Timeline, found: list[tuple[Connection, Ping]], trips: list[float]
) -> Finding:
    drop, ping = found[0]
    promised = advertised(timeline, drop.sid)
    if promised is None:
        raise AssertionError("only drops whose promise is known are found")
    path = silence.silence_steps(timeline, drop, ping)
    enough = math.ceil(2 * max(trips) + 1)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "A PONG needs {least_s:.2f} to {most_s:.2f} s for the way there and back ({trips} "
            "measured), and ping_timeout is {timeout_s:g} s: {count} time(s) a side gave up "
            "while the other's packet was on its way.",
            least_s=min(trips),
            most_s=max(trips),
            trips=len(trips),
            timeout_s=promised.ping_timeout_s,
            count=len(found),
        ),
        evidence=tuple(step.event for step in path)
        + tuple(e for e in timeline.log.of(Kind.PONG_RECEIVED) if e.sid == drop.sid),
        explains=tuple(drop.sid for drop, _ in found),
        remedy=say(
            "Set ping_timeout={enough}: twice the longest round trip and a second more.",
            enough=enough,
        ),
        path=path,
        references=("python-engineio#183", "python-socketio#233"),
    )

"""GWS512: the wall clock jumped while a PONG was due, and the server took that for silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised, events_of, pings_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind, Witness
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Ping, Timeline

CODE, CAUSE = "GWS512", "wall_clock_step"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the server timed a PING out too early, as its wall clock jumped ahead."""
    gone = [drop for drop in timeline.drops if drop.server_reason == "ping timeout"]
    early = [(drop, ping) for drop in gone if (ping := _too_early(timeline, drop)) is not None]
    if not early:
        words = say("No server gave a client up before its ping_timeout had really passed.")
        return _say(Truth.REFUTED, words)
    jumps = list(_jumps(timeline))
    found = [
        (drop, ping, event, step_s)
        for drop, ping in early
        for event, step_s in jumps
        if _explains(timeline, drop, ping, event, step_s)
    ]
    if not found:
        words = say("The server gave up too early, but no jump of its wall clock was recorded.")
        return _say(Truth.UNKNOWN, words)
    return _found(timeline, found)


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _too_early(timeline: Timeline, drop: Connection) -> Ping | None:
    """The PING whose PONG was due for less than ping_timeout when the server gave up."""
    promised = advertised(timeline, drop.sid)
    ended = drop.server_ended_ns
    due = [p for p in pings_of(timeline, drop.sid) if p.queued_ns is not None]
    if promised is None or ended is None or not due:
        return None
    last = due[-1]
    waited_s = (ended - (last.queued_ns or 0)) / SECOND
    return last if 0 <= waited_s < promised.ping_timeout_s / 2 else None


def _jumps(timeline: Timeline) -> Iterator[tuple[Event, float]]:
    """(event, seconds) where the server's wall clock ran ahead of the monotonic one."""
    told = [(e, clock) for e in timeline.log.by(Witness.SERVER) if (clock := _wall(e)) is not None]
    for (before, was), (after, now) in pairwise(told):
        step_s = (now - was) - (after.at_ns - before.at_ns) / SECOND
        if step_s >= limits.CLOCK_STEP_S:
            yield after, step_s


def _wall(event: Event) -> float | None:
    try:
        return datetime.fromisoformat(event.utc).timestamp()
    except ValueError:
        return None


def _explains(
    timeline: Timeline, drop: Connection, ping: Ping, event: Event, step_s: float
) -> bool:
    """The jump fell into the time that the PONG was due, and alone exceeds what may pass."""
    promised = advertised(timeline, drop.sid)
    begun, ended = ping.queued_ns or 0, drop.server_ended_ns or 0
    waited_s = (ended - begun) / SECOND
    enough = promised is not None and step_s + waited_s > promised.ping_timeout_s
    slack = limits.IN_FLIGHT_S * SECOND
    return enough and begun - slack <= event.at_ns <= ended + slack


def _found(timeline: Timeline, found: list[tuple[Connection, Ping, Event, float]]) -> Finding:
    drop, ping, jump, step_s = found[0]
    waited_ms = ((drop.server_ended_ns or 0) - (ping.queued_ns or 0)) / 1e6
    ends = events_of(timeline, drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED)
    pinged = [e for e in events_of(timeline, drop.sid, Kind.PING_QUEUED)][-1:]
    steps = [Step(say("The server sent its last PING"), event) for event in pinged]
    steps += [Step(say("Its wall clock was {step_s:.1f} s ahead", step_s=step_s), jump)]
    steps += [
        Step(say("The loss was told: {reason}", reason=event.data.get("reason")), event)
        for event in ends
    ]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "The server's wall clock jumped by {step_s:.1f} s while a PONG was due, and Engine.IO "
            "counts with it: it gave {count} client(s) up {waited_ms:.0f} ms after a PING.",
            step_s=step_s,
            count=len(found),
            waited_ms=waited_ms,
        ),
        evidence=(*pinged, jump, *ends),
        explains=tuple(dict.fromkeys(d.sid for d, *_ in found)),
        remedy=say(
            "Let NTP slew the clock instead of stepping it (chrony: no makestep after the "
            "start), set the clock before the server starts, or patch engineio.socket and "
            "engineio.base_socket to use time.monotonic."
        ),
        path=tuple(sorted(steps, key=lambda step: step.event.at_ns)),
    )

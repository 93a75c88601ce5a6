"""GWS510: PINGs come later than clients were told, because the interval is no whole number."""

from __future__ import annotations

from itertools import pairwise

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import Advertised, advertised, events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.network import silence
from granite_ws.events import Event, Kind
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS510", "fractional_ping_interval"
_BEGINS = (Kind.HANDSHAKE, Kind.PONG_RECEIVED)  # from either, the next PING is one interval away


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when every PING came later than promised, by less than a second."""
    told = [advertised(timeline, c.sid) for c in timeline.connections]
    promised = next((one for one in told if one is not None), None)
    spans = _intervals(timeline)
    if promised is None or len(spans) < limits.FEW_INTERVALS:
        return _say(Truth.UNKNOWN, "Too few PINGs were recorded to measure their interval.")
    lengths = [(later.at_ns - sooner.at_ns) / SECOND for sooner, later in spans]
    real_s = min(lengths)
    over_s = real_s - promised.ping_interval_s
    if not limits.INTERVAL_SLACK_S <= over_s < 1.0 + limits.INTERVAL_SLACK_S:
        return _say(Truth.REFUTED, "PINGs came as the OPEN packet had promised.")
    if max(lengths) - real_s > limits.CONSTANT_AGE_SPREAD_S:
        return _say(Truth.REFUTED, "PINGs came late, but not always by the same time.")
    found = [drop for drop in timeline.drops if _gave_up_in_time(timeline, drop, promised)]
    return _found(timeline, found, real_s, promised, spans)


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _intervals(timeline: Timeline) -> list[tuple[Event, Event]]:
    """(handshake or PONG, next PING) of every connection, where the server did not stand still."""
    sids = dict.fromkeys(str(e.sid) for e in timeline.log.of(Kind.PING_QUEUED))
    found = []
    for sid in sids:
        events = events_of(timeline, sid, *_BEGINS, Kind.PING_QUEUED)
        found += [
            (sooner, later)
            for sooner, later in pairwise(events)
            if sooner.kind in _BEGINS and later.kind is Kind.PING_QUEUED
        ]
    return [span for span in found if not _stalled(timeline, *span)]


def _stalled(timeline: Timeline, sooner: Event, later: Event) -> bool:
    """Any stall at all: it would lengthen the interval by as much."""
    return any(s.began_ns < later.at_ns and s.ended_ns > sooner.at_ns for s in timeline.stalls)


def _gave_up_in_time(timeline: Timeline, drop: Connection, promised: Advertised) -> bool:
    """The client gave up by itself, after the silence that it was told to bear and no more."""
    gave_up = silence.gave_up_ns(drop)
    if gave_up is None:
        return False
    heard = [
        e.at_ns
        for e in events_of(timeline, drop.sid, *_HEARD[drop.client_kind == "node"])
        if e.at_ns < gave_up
    ]
    silent_s = (gave_up - max(heard, default=drop.connected_ns)) / SECOND
    borne_s = promised.ping_interval_s + promised.ping_timeout_s
    began = gave_up - round(silent_s * SECOND)
    still = silence.stood_still(timeline, drop, began, gave_up)
    return abs(silent_s - borne_s) <= limits.NO_STALL_S and not still


# JavaScript counts from the handshake and from PINGs, Python from anything that it receives.
_HEARD = {
    True: (Kind.HANDSHAKE, Kind.PING_RECEIVED),
    False: (Kind.HANDSHAKE, Kind.CONNECTED, Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED),
}


def _found(
    timeline: Timeline,
    found: list[Connection],
    real_s: float,
    promised: Advertised,
    spans: list[tuple[Event, Event]],
) -> Finding:
    borne_s = promised.ping_interval_s + promised.ping_timeout_s
    lost = (
        f"; {len(found)} connection(s) gave up after {borne_s:g} s, before or just as it came"
        if found
        else ""
    )
    ends = events_of(timeline, found[0].sid, Kind.DISCONNECTED) if found else ()
    opened = events_of(timeline, found[0].sid, Kind.HANDSHAKE) if found else ()
    words = f"The server promised a PING each {promised.ping_interval_s:g} s"
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        f"The server told clients to expect a PING each {promised.ping_interval_s:g} s, and sent "
        f"none sooner than after {real_s:.2f} s ({len(spans)} measured){lost}. Engine.IO tells "
        "the whole seconds of ping_interval and waits for all of it.",
        evidence=(*(later for _, later in spans), *ends),
        explains=tuple(drop.sid for drop in found),
        remedy=f"Set ping_interval to a whole number: {max(int(promised.ping_interval_s), 1)} or "
        f"{int(promised.ping_interval_s) + 1}.",
        path=(
            *(Step(words, event) for event in opened),
            *(Step(f"The client gave up after {borne_s:g} s", event) for event in ends),
        ),
    )

"""GWS510: PINGs come later than clients were told, because the interval is no whole number."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import Advertised, advertised, events_of
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.network import silence
from granite_ws.events import Event, Kind
from granite_ws.phrase import mark, say
from granite_ws.timeline import SECOND, Connection, Timeline

CODE, CAUSE = "GWS510", "fractional_ping_interval"
_Stalls = tuple[list[int], list[int]]
_BEGINS = (Kind.HANDSHAKE, Kind.PONG_RECEIVED)  # from either, the next PING is one interval away


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when every PING came later than promised, by less than a second."""
    told = [advertised(timeline, c.sid) for c in timeline.connections]
    promised = next((one for one in told if one is not None), None)
    every = _waits(timeline)
    if promised is None:
        return _say(Truth.UNKNOWN, say("Nobody recorded which interval clients were told."))
    late_s = promised.ping_interval_s + limits.INTERVAL_SLACK_S
    if any(wait.pinged and wait.seconds < late_s for wait in every):
        return _say(Truth.REFUTED, say("PINGs came as the OPEN packet had promised."))
    waits = [wait for wait in every if wait.at_least_s >= late_s]
    if len(waits) < limits.FEW_INTERVALS:
        return _say(Truth.UNKNOWN, say("Too few PINGs were recorded to measure their interval."))
    if min(wait.at_least_s for wait in waits) >= late_s + 1.0:
        return _say(Truth.REFUTED, say("PINGs came later than a fraction of a second explains."))
    whole = [wait.seconds for wait in waits if wait.measured]
    if whole and max(whole) - min(whole) > limits.CONSTANT_AGE_SPREAD_S:
        return _say(Truth.REFUTED, say("PINGs came late, but not always by the same time."))
    found = [drop for drop in timeline.drops if _gave_up_in_time(timeline, drop, promised)]
    return _found(timeline, found, waits, promised)


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


@dataclass(frozen=True)
class Wait:
    """From a handshake or a PONG to the PING, or to the client's giving up without one.

    stalled_s: how long the server stood still meanwhile: so much may be taken off.
    """

    began: Event
    ended: Event
    stalled_s: float

    @property
    def seconds(self) -> float:
        """All of it."""
        return (self.ended.at_ns - self.began.at_ns) / SECOND

    @property
    def at_least_s(self) -> float:
        """What is left of it without the stalls."""
        return self.seconds - self.stalled_s

    @property
    def pinged(self) -> bool:
        """Whether a PING ended it."""
        return self.ended.kind is Kind.PING_QUEUED

    @property
    def measured(self) -> bool:
        """Whether it is the interval itself, and no bound of it."""
        return self.pinged and not self.stalled_s


def _waits(timeline: Timeline) -> list[Wait]:
    """Those of every connection, also of those that were lost before their PING."""
    gone = {drop.sid for drop in timeline.drops if silence.gave_up_ns(drop) is not None}
    found, stalled_s = [], _stalls_by_monitor(timeline)
    for sid in dict.fromkeys(str(e.sid) for e in timeline.log.of(Kind.HANDSHAKE)):
        ends = (Kind.PING_QUEUED, *((Kind.DISCONNECTED,) if sid in gone else ()))
        events = events_of(timeline, sid, *_BEGINS, *ends)
        found += [
            Wait(sooner, later, _stalled_s(stalled_s, sooner, later))
            for sooner, later in pairwise(events)
            if sooner.kind in _BEGINS and later.kind in ends
        ]
    return found


def _stalls_by_monitor(timeline: Timeline) -> list[_Stalls]:
    """What each of the two monitors saw, in order: when each stall ended, and began. Those of one
    heartbeat do not overlap.
    """
    found: dict[str, _Stalls] = defaultdict(lambda: ([], []))
    for stall in sorted(timeline.stalls, key=lambda stall: stall.ended_ns):
        ends, begins = found[stall.monitor]
        ends.append(stall.ended_ns)
        begins.append(stall.began_ns)
    return list(found.values())


def _stalled_s(monitors: list[_Stalls], sooner: Event, later: Event) -> float:
    """The longer of what the two monitors saw, seconds: any stall lengthens the interval."""
    return max((_within_s(stalls, sooner, later) for stalls in monitors), default=0.0)


def _within_s(stalls: _Stalls, sooner: Event, later: Event) -> float:
    ends, begins = stalls
    within_ns = 0
    for place in range(bisect_right(ends, sooner.at_ns), len(ends)):
        if begins[place] >= later.at_ns:
            break
        within = min(ends[place], later.at_ns) - max(begins[place], sooner.at_ns)
        within_ns += max(within, 0)
    return within_ns / SECOND


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
    return abs(silent_s - borne_s) <= limits.SAME_MOMENT_S and not still


# JavaScript counts from the handshake and from PINGs, Python from anything that it receives.
_HEARD = {
    True: (Kind.HANDSHAKE, Kind.PING_RECEIVED),
    False: (Kind.HANDSHAKE, Kind.CONNECTED, Kind.PING_RECEIVED, Kind.MESSAGE_RECEIVED),
}

_CAME_LATE = mark(
    "The server told clients to expect a PING each {interval_s:g} s, and in {cases} cases none "
    "came sooner than after {least_s:.2f} s. Engine.IO tells the whole seconds of ping_interval, "
    "and waits for all of it."
)
_GAVE_UP = mark(
    "The server told clients to expect a PING each {interval_s:g} s, and in {cases} cases none "
    "came sooner than after {least_s:.2f} s; {count} connection(s) gave up after {borne_s:g} s "
    "without it. Engine.IO tells the whole seconds of ping_interval, and waits for all of it."
)


def _found(
    timeline: Timeline, found: list[Connection], waits: list[Wait], promised: Advertised
) -> Finding:
    borne_s = promised.ping_interval_s + promised.ping_timeout_s
    shortest = min(waits, key=lambda wait: wait.at_least_s)
    ends = events_of(timeline, found[0].sid, Kind.DISCONNECTED) if found else ()
    opened = events_of(timeline, found[0].sid, Kind.HANDSHAKE) if found else ()
    words = say(
        "The server promised a PING each {interval_s:g} s", interval_s=promised.ping_interval_s
    )
    numbers = {
        "interval_s": promised.ping_interval_s,
        "cases": len(waits),
        "least_s": shortest.at_least_s,
        "count": len(found),
        "borne_s": borne_s,
    }
    whole = max(int(promised.ping_interval_s), 1)
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(_GAVE_UP if found else _CAME_LATE, **numbers),
        evidence=(*(wait.ended for wait in waits), *ends),
        explains=tuple(drop.sid for drop in found),
        remedy=say(
            "Set ping_interval to a whole number: {below} or {above}.",
            below=whole,
            above=whole + 1,
        ),
        path=(
            *(Step(words, event) for event in opened),
            *(
                Step(say("The client gave up after {borne_s:g} s", borne_s=borne_s), event)
                for event in ends
            ),
        ),
    )

"""How every check of this group judges: which drops follow from a standstill of its own kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis.evidence import events_of, told_by
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.diagnosis.stalls.episodes import Blow, Episode, blows
from granite_ws.events import Event, Kind, Witness
from granite_ws.heartbeat import Limit, smallest_ping_timeout
from granite_ws.phrase import Phrase, join, say, say_many
from granite_ws.timeline import Timeline


@dataclass(frozen=True)
class Reading:
    """What one check makes of one episode: a truth, its words, and where it was blocked."""

    truth: Truth
    words: str
    blocked_at: str = ""
    evidence: tuple[Event, ...] = ()
    strength: Strength = Strength.DIRECT


@dataclass(frozen=True)
class Rule:
    """One cause of this group.

    read:   what an episode is to this cause.
    remedy: what to change, a marked template; ``{timeout}`` becomes the ping_timeout that would
            bear the stall.
    """

    code: str
    cause: str
    read: Callable[[Timeline, Episode], Reading]
    remedy: str
    references: tuple[str, ...] = ()


def judge(timeline: Timeline, rule: Rule) -> Finding:
    """SUPPORTED for the drops that follow from episodes of this rule's kind."""

    def finding(truth: Truth, words: str) -> Finding:
        return Finding(rule.code, rule.cause, truth, words)

    if not timeline.drops:
        return finding(Truth.REFUTED, say("No connection was lost."))
    if not is_watched(timeline):
        return finding(Truth.UNKNOWN, say("Nobody watched whether the server stood still."))
    struck = blows(timeline)
    if not struck:
        return finding(*_nobody_struck(timeline))
    readings = [(blow, rule.read(timeline, blow.episode)) for blow in struck]
    mine = [(blow, r) for blow, r in readings if r.truth is Truth.SUPPORTED]
    if not mine:
        told = sorted((r for _, r in readings), key=lambda r: r.truth is not Truth.UNKNOWN)
        return finding(told[0].truth, told[0].words)
    blow, reading = mine[0]
    return Finding(
        rule.code,
        rule.cause,
        Truth.SUPPORTED,
        join(" ", (reading.words, consequence([b for b, _ in mine]))),
        evidence=(*_stall_events(blow.episode), *reading.evidence),
        explains=tuple(b.drop.sid for b, _ in mine),
        remedy=say(rule.remedy, timeout=bearing_timeout(blow)),
        path=path_of(timeline, blow, reading.evidence),
        limit="write_idle" if blow.limit is Limit.WRITE_IDLE else "",
        blocked_at=reading.blocked_at,
        references=rule.references,
        strength=reading.strength,
    )


def is_watched(timeline: Timeline) -> bool:
    """Whether a heartbeat beat inside the server."""
    watching = timeline.log.of(Kind.MONITOR_STARTED, Kind.STALL)
    return any(event.witness is not Witness.PROBE for event in watching)


def _nobody_struck(timeline: Timeline) -> tuple[Truth, str]:
    unseen = any(d.client_reason is None and d.server_reason is None for d in timeline.drops)
    if unseen or not timeline.log.of(Kind.HANDSHAKE, Kind.CONNECTED):
        words = say("Nobody recorded why the connections ended, or their heartbeat.")
        return Truth.UNKNOWN, words
    words = say("No drop follows from a time in which the server stood still.")
    return Truth.REFUTED, words


def consequence(struck: list[Blow]) -> Phrase:
    """What the standstill did to the connections, with the rule that passed first."""
    numbers = struck[0].heartbeat
    pi, pt = numbers.ping_interval_s, numbers.ping_timeout_s
    rule = {
        Limit.PING_TIMEOUT: say(
            "a client waits ping_interval + ping_timeout = {limit_s:g} s", limit_s=pi + pt
        ),
        Limit.WRITE_IDLE: say(
            "a Python client that sends nothing gives up after "
            "max(ping_interval, ping_timeout) + 5 = {limit_s:g} s",
            limit_s=max(pi, pt) + 5,
        ),
        None: say("the server itself waits ping_timeout = {limit_s:g} s for a PONG", limit_s=pt),
    }[struck[0].limit]
    return say_many(
        "{count} connection was lost by it: {rule}.",
        "{count} connections were lost by it: {rule}.",
        len(struck),
        rule=rule,
    )


def bearing_timeout(blow: Blow) -> int | Phrase:
    """The smallest whole ping_timeout at which this stall would have dropped nobody."""
    stood = blow.episode.longest.seconds
    needed = smallest_ping_timeout(blow.drop.client_kind, blow.heartbeat.ping_interval_s, stood)
    return say("more") if needed is None else math.ceil(needed)


def path_of(timeline: Timeline, blow: Blow, seen: tuple[Event, ...] = ()) -> tuple[Step, ...]:
    """From the last sign of life over the standstill to the loss, in order of time."""
    steps = [
        Step(_SINCE.get(blow.since.kind, say("The client's clock began")), blow.since),
        *(Step(_seen(event), event) for event in seen),
        *(Step(_recovered(event), event) for event in _last(blow)),
        *_losses(timeline, blow),
    ]
    return tuple(sorted(steps, key=lambda step: step.event.at_ns))


_SINCE = {
    Kind.PING_RECEIVED: say("The client heard its last PING"),
    Kind.MESSAGE_RECEIVED: say("The client heard its last packet"),
    Kind.PONG_SENT: say("The client sent its last packet"),
    Kind.PING_QUEUED: say("The server asked for a PONG"),
    Kind.CONNECTED: say("The client connected"),
}


# Why a look was taken, as the workbench's own watching says it.
_WHY = {str(why): why for why in (say("all stood still"), say("the loop stood still"))}


def _seen(event: Event) -> Phrase:
    if event.kind is Kind.SAMPLE:
        return say(
            "The server's process is {state}, {percent:.0f} % of a core",
            state=event.data["state"],
            percent=event.data["cpu_percent"],
        )
    if event.kind is Kind.MESSAGE_EMITTED:
        megabytes = event.data["bytes"] / 1e6
        return say("A message of {megabytes:.1f} MB was encoded", megabytes=megabytes)
    why = event.data["why"]
    return say("A look at the stacks: {why}", why=_WHY.get(why, why))


def _recovered(event: Event) -> Phrase:
    seconds = float(event.data["seconds"])
    return say("The server runs again after {seconds:.1f} s", seconds=seconds)


def _last(blow: Blow) -> tuple[Event, ...]:
    """The recovery, if it was seen before the server told of the loss."""
    event = blow.episode.longest.event
    return (event,) if event is not None else ()


def _losses(timeline: Timeline, blow: Blow) -> list[Step]:
    told = events_of(timeline, blow.drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED)
    return [Step(told_by(event), event) for event in told]


def _stall_events(episode: Episode) -> tuple[Event, ...]:
    return tuple(stall.event for stall in episode.main if stall.event is not None)

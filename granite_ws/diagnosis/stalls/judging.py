"""How every check of this group judges: which drops follow from a standstill of its own kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis.evidence import events_of
from granite_ws.diagnosis.finding import Finding, Step, Strength, Truth
from granite_ws.diagnosis.stalls.episodes import Blow, Episode, blows
from granite_ws.events import Event, Kind, Witness
from granite_ws.heartbeat import Limit, smallest_ping_timeout
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
    remedy: what to change; ``{timeout}`` becomes the ping_timeout that would bear the stall.
    """

    code: str
    cause: str
    read: Callable[[Timeline, Episode], Reading]
    remedy: str
    references: tuple[str, ...] = ()


def judge(timeline: Timeline, rule: Rule) -> Finding:
    """SUPPORTED for the drops that follow from episodes of this rule's kind."""

    def say(truth: Truth, words: str) -> Finding:
        return Finding(rule.code, rule.cause, truth, words)

    if not timeline.drops:
        return say(Truth.REFUTED, "No connection was lost.")
    if not is_watched(timeline):
        return say(Truth.UNKNOWN, "Nobody watched whether the server stood still.")
    struck = blows(timeline)
    if not struck:
        return say(*_nobody_struck(timeline))
    readings = [(blow, rule.read(timeline, blow.episode)) for blow in struck]
    mine = [(blow, r) for blow, r in readings if r.truth is Truth.SUPPORTED]
    if not mine:
        told = sorted((r for _, r in readings), key=lambda r: r.truth is not Truth.UNKNOWN)
        return say(told[0].truth, told[0].words)
    blow, reading = mine[0]
    return Finding(
        rule.code,
        rule.cause,
        Truth.SUPPORTED,
        f"{reading.words} {consequence([b for b, _ in mine])}",
        evidence=(*_stall_events(blow.episode), *reading.evidence),
        explains=tuple(b.drop.sid for b, _ in mine),
        remedy=rule.remedy.format(timeout=bearing_timeout(blow)),
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
        return Truth.UNKNOWN, "Nobody recorded why the connections ended, or their heartbeat."
    return Truth.REFUTED, "No drop follows from a time in which the server stood still."


def consequence(struck: list[Blow]) -> str:
    """What the standstill did to the connections, with the rule that passed first."""
    numbers = struck[0].heartbeat
    pi, pt = numbers.ping_interval_s, numbers.ping_timeout_s
    rule = {
        Limit.PING_TIMEOUT: f"a client waits ping_interval + ping_timeout = {pi + pt:g} s",
        Limit.WRITE_IDLE: "a Python client that sends nothing gives up after "
        f"max(ping_interval, ping_timeout) + 5 = {max(pi, pt) + 5:g} s",
        None: f"the server itself waits ping_timeout = {pt:g} s for a PONG",
    }[struck[0].limit]
    count = len(struck)
    return f"{count} connection{'s were' if count != 1 else ' was'} lost by it: {rule}."


def bearing_timeout(blow: Blow) -> str:
    """The smallest whole ping_timeout at which this stall would have dropped nobody."""
    stood = blow.episode.longest.seconds
    needed = smallest_ping_timeout(blow.drop.client_kind, blow.heartbeat.ping_interval_s, stood)
    return "more" if needed is None else f"{math.ceil(needed):d}"


def path_of(timeline: Timeline, blow: Blow, seen: tuple[Event, ...] = ()) -> tuple[Step, ...]:
    """From the last sign of life over the standstill to the loss, in order of time."""
    steps = [
        Step(_SINCE.get(blow.since.kind, "The client's clock began"), blow.since),
        *(Step(_seen(event), event) for event in seen),
        *(Step(f"The server runs again after {_s(e):.1f} s", e) for e in _last(blow)),
        *_losses(timeline, blow),
    ]
    return tuple(sorted(steps, key=lambda step: step.event.at_ns))


_SINCE = {
    Kind.PING_RECEIVED: "The client heard its last PING",
    Kind.MESSAGE_RECEIVED: "The client heard its last packet",
    Kind.PONG_SENT: "The client sent its last packet",
    Kind.PING_QUEUED: "The server asked for a PONG",
    Kind.CONNECTED: "The client connected",
}


def _seen(event: Event) -> str:
    if event.kind is Kind.SAMPLE:
        data = event.data
        return f"The server's process is {data['state']}, {data['cpu_percent']:.0f} % of a core"
    if event.kind is Kind.MESSAGE_EMITTED:
        return f"A message of {event.data['bytes'] / 1e6:.1f} MB was encoded"
    return f"A look at the stacks: {event.data['why']}"


def _s(event: Event) -> float:
    return float(event.data["seconds"])


def _last(blow: Blow) -> tuple[Event, ...]:
    """The recovery, if it was seen before the server told of the loss."""
    event = blow.episode.longest.event
    return (event,) if event is not None else ()


def _losses(timeline: Timeline, blow: Blow) -> list[Step]:
    steps = []
    for event in events_of(timeline, blow.drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED):
        side = "client" if event.kind is Kind.DISCONNECTED else "server"
        said = event.data.get("last_log") or event.data.get("reason")
        steps.append(Step(f"The {side} ended it: {said}", event))
    return steps


def _stall_events(episode: Episode) -> tuple[Event, ...]:
    return tuple(stall.event for stall in episode.main if stall.event is not None)

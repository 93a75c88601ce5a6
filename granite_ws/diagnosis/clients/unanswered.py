"""What the checks of this group look at: a PING that reached a client which could not run.

    server   PING queued, written ................ pt passed: gone
    client          ######## stood still ##############

The server's part is the same for every cause here; what the client did meanwhile tells which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised, events_of, pings_of
from granite_ws.diagnosis.finding import Step
from granite_ws.events import Event, Kind
from granite_ws.phrase import mark, say
from granite_ws.timeline import SECOND, Connection, Stall, Timeline

_SAID_BY_CLIENT = mark("The client said: {reason}")
_SAID_BY_SERVER = mark("The server said: {reason}")


@dataclass(frozen=True)
class Unanswered:
    """The PING that was written on time, not answered before the loss, and whose time ran out.

    due_ns: when ping_timeout had passed since it was queued.
    """

    drop: Connection
    queued_ns: int
    written: Event
    due_ns: int
    received_ns: int | None  # when the client read it at last

    @property
    def lost_ns(self) -> int:
        """When the first side knew."""
        return self.drop.lost_ns or self.due_ns


def unanswered(timeline: Timeline, drop: Connection) -> Unanswered | None:
    """The PING that this client left unanswered until its time had run out.

    None where there is none: it was written late, or answered, or the loss came before
    ping_timeout had passed, or the server itself stood still for a good part of that time.
    """
    promised, lost = advertised(timeline, drop.sid), drop.lost_ns
    if promised is None or lost is None:
        return None
    for ping in reversed(pings_of(timeline, drop.sid)):
        if ping.queued_ns is None or ping.written_ns is None or ping.queued_ns > lost:
            continue
        due = ping.queued_ns + round(promised.ping_timeout_s * SECOND)
        prompt = (ping.written_ns - ping.queued_ns) / SECOND <= limits.PROMPT_WRITE_S
        silent = ping.pong_received_ns is None or ping.pong_received_ns >= lost
        ran_out = lost >= due - limits.SAME_MOMENT_S * SECOND
        too_long_s = promised.ping_timeout_s / 2
        if not (prompt and silent and ran_out) or _server_stood(
            timeline, ping.queued_ns, lost, too_long_s
        ):
            return None
        written = next(
            event
            for event in events_of(timeline, drop.sid, Kind.PING_WRITTEN)
            if event.at_ns == ping.written_ns
        )
        return Unanswered(drop, ping.queued_ns, written, due, ping.received_ns)
    return None


def _server_stood(timeline: Timeline, begun_ns: int, ended_ns: int, at_least_s: float) -> bool:
    return any(
        min(stall.ended_ns, ended_ns) - max(stall.began_ns, begun_ns) >= at_least_s * SECOND
        for stall in timeline.stalls
    )


def stood_still(
    timeline: Timeline, ping: Unanswered, *, monitor: str, fits: Callable[[Stall], bool]
) -> Stall | None:
    """The stall of this client's process that began before it could read the PING, and lasted
    until the PING's time had run out or the loss was known.
    """
    slack = limits.STALL_SLACK_S * SECOND
    until = min(ping.due_ns, ping.lost_ns) - slack
    for stall in timeline.client_stalls:
        ours = stall.client_kind == ping.drop.client_kind and stall.monitor == monitor
        covers = stall.began_ns <= ping.written.at_ns + slack and stall.ended_ns >= until
        unread = ping.received_ns is None or ping.received_ns >= stall.ended_ns - slack
        if ours and covers and unread and fits(stall):
            return stall
    return None


def watched(timeline: Timeline, kind: str, monitor: str) -> bool:
    """Whether this heartbeat of this kind's process was there to come late."""
    return any(
        event.data.get("client_kind") == kind and event.data["monitor"] == monitor
        for event in timeline.log.of(Kind.MONITOR_STARTED)
    )


def states_of(timeline: Timeline, drop: Connection, begun_ns: int, ended_ns: int) -> list[Event]:
    """The samples of this client's process in that time; the sampler's second may be late."""
    pids = {e.data.get("pid") for e in events_of(timeline, drop.sid, Kind.CONNECTED)}
    return [
        event
        for event in timeline.log.of(Kind.SAMPLE)
        if event.data.get("pid") in pids and begun_ns <= event.at_ns <= ended_ns
    ]


def loss_steps(timeline: Timeline, drop: Connection) -> list[Step]:
    """How each side told of this loss, in order of time."""
    steps = []
    for event in events_of(timeline, drop.sid, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED):
        words = _SAID_BY_CLIENT if event.kind is Kind.DISCONNECTED else _SAID_BY_SERVER
        steps.append(Step(say(words, reason=event.data["reason"]), event))
    return steps


def in_order(*steps: Step) -> tuple[Step, ...]:
    """Steps in order of time."""
    return tuple(sorted(steps, key=lambda step: step.event.at_ns))

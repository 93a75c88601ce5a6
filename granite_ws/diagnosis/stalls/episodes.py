"""When the server stood still, and which connections that ended, by the clients' own rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import events_of, pings_of
from granite_ws.events import Event, Kind
from granite_ws.exposure import advertised, kind_of, standstills
from granite_ws.heartbeat import ClientKind, Heartbeat, Limit
from granite_ws.heartbeat import limits as borne_by
from granite_ws.timeline import SECOND, Connection, Ping, Stall, Timeline

_SAYING = {
    Limit.WRITE_IDLE: "packet queue is empty",
    Limit.PING_TIMEOUT: "Server has stopped communicating",
}


@dataclass(frozen=True)
class Episode:
    """Stalls of both heartbeats that follow one another, and what was seen meanwhile.

    looks:    at the stacks, taken while it lasted (a dump is read only once Python runs again).
    samples:  of the server's process, from outside.
    messages: that were encoded meanwhile; a message is recorded when its encoding is done.
    """

    stalls: tuple[Stall, ...]
    looks: tuple[Event, ...] = ()
    samples: tuple[Event, ...] = ()
    messages: tuple[Event, ...] = ()

    @property
    def began_ns(self) -> int:
        """When the first heartbeat was last on time."""
        return min(stall.began_ns for stall in self.stalls)

    @property
    def ended_ns(self) -> int:
        """When the last heartbeat came after all."""
        return max(stall.ended_ns for stall in self.stalls)

    @property
    def seconds(self) -> float:
        """From its begin to its end."""
        return (self.ended_ns - self.began_ns) / SECOND

    @property
    def everything(self) -> bool:
        """Whether a real thread stood still, too, and not the loop or hub alone."""
        return self._late_s("thread") >= limits.MOST_OF * self.seconds

    @property
    def main(self) -> tuple[Stall, ...]:
        """The stalls of the heartbeat that tells: the thread's, where that stood still."""
        monitor = "thread" if self.everything else "loop"
        return tuple(stall for stall in self.stalls if stall.monitor == monitor)

    @property
    def longest(self) -> Stall:
        """The longest stall of the heartbeat that tells."""
        return max(self.main, key=lambda stall: stall.seconds)

    @property
    def cpu_share(self) -> float | None:
        """Processor time per second of standing still; None where nobody measured it."""
        spent = [stall.cpu_s for stall in self.main if stall.cpu_s is not None]
        return sum(spent) / self._main_s if len(spent) == len(self.main) else None

    @property
    def waited_share(self) -> float:
        """Share of the time in which the heartbeat was ready and had no core."""
        return sum(stall.waited_s for stall in self.main) / self._main_s

    @property
    def collected_share(self) -> float:
        """Share of the time in the garbage collector, as the better informed heartbeat has it.

        The collector's end is told to Python code; who gets the lock first may read the old sum.
        """
        told = {
            monitor: sum(s.collected_s for s in self.stalls if s.monitor == monitor)
            for monitor in ("thread", "loop")
        }
        return max(told.values()) / self._main_s

    @property
    def states(self) -> tuple[str, ...]:
        """The process's states that the sampler saw."""
        return tuple(str(sample.data.get("state")) for sample in self.samples)

    @property
    def telling_looks(self) -> tuple[Event, ...]:
        """The looks that were taken because of the longest stall, and not of one beside it."""
        why = "all stood still" if self.everything else "the loop stood still"
        longest = self.longest
        # A dump of everything is read only once Python runs again.
        late = limits.LATE_LOOK_S if self.everything else 0.0
        return tuple(
            look
            for look in self.looks
            if look.data["why"] == why
            and longest.began_ns <= look.at_ns <= longest.ended_ns + late * SECOND
        )

    def overlap_s(self, begun_ns: int, ended_ns: int) -> float:
        """Seconds of standing still between two moments."""
        cuts = (
            (max(still.began_ns, begun_ns), min(still.ended_ns, ended_ns))
            for still in standstills(self.stalls)
        )
        return sum(max(ended - begun, 0) for begun, ended in cuts) / SECOND

    @property
    def _main_s(self) -> float:
        return sum(stall.seconds for stall in self.main)

    def _late_s(self, monitor: str) -> float:
        return sum(stall.seconds for stall in self.stalls if stall.monitor == monitor)


@dataclass(frozen=True)
class Blow:
    """One connection that an episode ended.

    limit: the client's rule that passed; None where the server's own check gave it up.
    since: the event from which that rule counts.
    """

    episode: Episode
    drop: Connection
    limit: Limit | None
    since: Event
    heartbeat: Heartbeat


def episodes(timeline: Timeline) -> tuple[Episode, ...]:
    """Every time in which the server stood still, in order."""
    groups: list[list[Stall]] = []
    ended = 0
    for stall in sorted(timeline.stalls, key=lambda stall: stall.began_ns):
        if groups and stall.began_ns <= ended + limits.STALL_GAP_S * SECOND:
            groups[-1].append(stall)
            ended = max(ended, stall.ended_ns)
        else:
            groups.append([stall])
            ended = stall.ended_ns
    return tuple(_episode(timeline, tuple(group)) for group in groups)


def _episode(timeline: Timeline, stalls: tuple[Stall, ...]) -> Episode:
    bare = Episode(stalls)
    began, ended = bare.began_ns, bare.ended_ns
    late = ended + round(limits.LATE_LOOK_S * SECOND)
    samples = timeline.log.between(began, ended, Kind.SAMPLE)
    return Episode(
        stalls,
        looks=timeline.log.between(began, late, Kind.STACK),
        samples=tuple(sample for sample in samples if sample.data["role"] == "server"),
        messages=timeline.log.between(began, late, Kind.MESSAGE_EMITTED),
    )


def blows(timeline: Timeline) -> tuple[Blow, ...]:
    """Every drop that follows from an episode by the rules of client or server, with the rule."""
    found = []
    still = episodes(timeline)
    for drop in timeline.drops:
        heartbeat = advertised(timeline, drop)
        if heartbeat is None:
            continue
        # The client's rule first: where both gave up, it is the earlier one that ended it.
        blow = _client_gave_up(timeline, drop, heartbeat, still)
        blow = blow or _server_gave_up(timeline, drop, heartbeat, still)
        if blow is not None:
            found.append(blow)
    return tuple(found)


def _client_gave_up(
    timeline: Timeline, drop: Connection, heartbeat: Heartbeat, still: Iterable[Episode]
) -> Blow | None:
    limit = _said(timeline, drop)
    if limit is None or drop.ended_ns is None or drop.own:
        return None
    kind = kind_of(drop)
    borne_s = borne_by(kind, heartbeat)[limit]
    since = _counted_from(timeline, drop, limit, borne_s)
    if since is None:
        return None
    deadline = since.at_ns + round(borne_s * SECOND)
    # A write-idle client notices only with the next packet; a ping timeout tells at once.
    late_s = (drop.ended_ns - deadline) / SECOND
    if limit is Limit.PING_TIMEOUT and abs(late_s) > limits.TIMER_LATE_S:
        return None
    needed = borne_s - heartbeat.ping_interval_s - limits.STALL_BLUR_S
    needed = max(needed, limits.SHORTEST_BLAMED_S)
    for episode in still:
        if episode.overlap_s(since.at_ns, deadline) >= needed and not _pinged_in_time(
            timeline, drop, episode, since.at_ns, deadline
        ):
            return Blow(episode, drop, limit, since, heartbeat)
    return None


def _said(timeline: Timeline, drop: Connection) -> Limit | None:
    """The rule that the client itself named when it gave up."""
    if kind_of(drop) is ClientKind.NODE:
        return Limit.PING_TIMEOUT if drop.client_reason == "ping timeout" else None
    lines = [line.data["line"] for line in events_of(timeline, drop.sid, Kind.CLIENT_LOG)]
    lines.append(drop.client_log or "")
    return next(
        (limit for limit, words in _SAYING.items() if any(words in line for line in lines)), None
    )


def _counted_from(
    timeline: Timeline, drop: Connection, limit: Limit, borne_s: float
) -> Event | None:
    """The last event that set this rule's clock, before the client can have given up by it."""
    kinds: tuple[Kind, ...] = (Kind.CONNECTED, Kind.PING_RECEIVED)
    if limit is Limit.WRITE_IDLE:
        kinds = (Kind.CONNECTED, Kind.PONG_SENT)
    elif kind_of(drop) is not ClientKind.NODE:
        kinds = (*kinds, Kind.MESSAGE_RECEIVED)
    ended = drop.ended_ns or timeline.ended_ns
    latest = ended - round((borne_s - limits.TIMER_LATE_S) * SECOND)
    set_by = [e for e in events_of(timeline, drop.sid, *kinds) if e.at_ns <= latest]
    return set_by[-1] if set_by else None


def _pinged_in_time(
    timeline: Timeline, drop: Connection, episode: Episode, since_ns: int, deadline_ns: int
) -> bool:
    """Whether a PING left a server that ran, in time: then something else lost it."""
    blur = round(limits.PROMPT_WRITE_S * SECOND)
    return any(
        since_ns < written.at_ns < deadline_ns - blur
        and not episode.overlap_s(written.at_ns, written.at_ns + blur)
        for written in events_of(timeline, drop.sid, Kind.PING_WRITTEN)
    )


def _server_gave_up(
    timeline: Timeline, drop: Connection, heartbeat: Heartbeat, still: Iterable[Episode]
) -> Blow | None:
    ended = drop.server_ended_ns
    if ended is None or drop.server_reason != "ping timeout" or drop.lost_ns != ended:
        return None
    queued = _outstanding(timeline, drop, ended)
    if queued is None:
        return None
    ping, asked = queued
    half_ns = round(heartbeat.ping_timeout_s / 2 * SECOND)
    for episode in still:
        stood = episode.overlap_s(asked.at_ns, ended) * SECOND >= half_ns
        if stood and _unheard(ping, asked.at_ns, episode, half_ns):
            return Blow(episode, drop, None, asked, heartbeat)
    return None


def _outstanding(timeline: Timeline, drop: Connection, ended_ns: int) -> tuple[Ping, Event] | None:
    """The PING whose PONG the server had not processed when it gave up.

    Between a PONG's arrival and its processing other threads may run, one of them the judge.
    """
    latest = ended_ns - round(limits.IN_FLIGHT_S * SECOND)
    for ping in reversed(pings_of(timeline, drop.sid)):
        if ping.queued_ns is None or ping.queued_ns > ended_ns:
            continue
        if ping.pong_received_ns is not None and ping.pong_received_ns <= latest:
            return None
        queued = events_of(timeline, drop.sid, Kind.PING_QUEUED)
        return ping, next(event for event in queued if event.at_ns == ping.queued_ns)
    return None


def _unheard(ping: Ping, asked_ns: int, episode: Episode, half_ns: int) -> bool:
    """The PING was written late, or the client's PONG was there and nobody read it."""
    written_late = ping.written_ns is None or ping.written_ns - asked_ns >= half_ns
    if written_late or ping.pong_sent_ns is None:
        return written_late
    return episode.overlap_s(ping.pong_sent_ns, episode.ended_ns) >= limits.STALL_BLUR_S

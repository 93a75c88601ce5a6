"""How a server process ended, whom it took with it, and what was last seen of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import ending
from granite_ws.diagnosis.finding import Step
from granite_ws.events import Event, Kind, Witness
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Connection, Timeline

SIGKILL = 9
# What a process gets for its own fault, as Linux numbers them; a shell adds 128 to each.
CRASHES = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
_SHELL_BASE = 128
_HIGHEST_SIGNAL = 64
# How a client words that it gave up by itself, after its own deadline (engineio client.py).
_GAVE_UP = ("stopped communicating", "packet queue is empty")


@dataclass(frozen=True)
class End:
    """A server process that ended without being asked to.

    signal: the one that ended it, None where it ended by itself.
    code:   its exit code, None where a signal ended it.
    """

    event: Event
    signal: int | None
    code: int | None

    @property
    def connections_left(self) -> int:
        """Established connections that a process which it had forked still holds."""
        left = self.event.data.get("left_behind", ())
        return sum(int(one["connections"]) for one in left)


def unasked_ends(timeline: Timeline) -> tuple[End, ...] | None:
    """The server's unasked ends; None where nobody saw a server process end at all."""
    ended = [e for e in timeline.log.of(Kind.PROCESS_ENDED) if e.data["role"] == "server"]
    if not ended:
        return None
    return tuple(_end(event) for event in ended if not event.data["asked"])


def _end(event: Event) -> End:
    code = int(event.data["exit_code"])
    if code < 0:
        return End(event, -code, None)
    if _SHELL_BASE < code <= _SHELL_BASE + _HIGHEST_SIGNAL:
        return End(event, code - _SHELL_BASE, None)
    return End(event, None, code)


def gave_up(drop: Connection) -> bool:
    """Whether the client waited for its own deadline: its TCP connection stood until then."""
    said = drop.client_log or ""
    return drop.client_reason == "ping timeout" or any(words in said for words in _GAVE_UP)


def taken_along(timeline: Timeline, end: End) -> tuple[Connection, ...]:
    """The drops that the process's end brought about: its side of the TCP connection vanished.

    The runner sees the exit at its next look, a client sees its TCP close at once: either may
    come first.
    """
    window = limits.SERVER_END_WINDOW_S * SECOND
    return tuple(
        drop
        for drop in timeline.drops
        if drop.ended_ns is not None
        and abs(drop.ended_ns - end.event.at_ns) <= window
        and not gave_up(drop)
    )


def lines_of(timeline: Timeline, pattern: re.Pattern[str]) -> tuple[Event, ...]:
    """What the server's terminal, or its log, said in these words."""
    lines = timeline.log.of(Kind.SERVER_LOG)
    return tuple(event for event in lines if pattern.search(str(event.data["line"])))


def unwatched(timeline: Timeline) -> bool:
    """Nobody watched the processes: a log file from elsewhere is all there is."""
    return not timeline.log.of(Kind.PROCESS_STARTED)


def open_at(timeline: Timeline, at_ns: int) -> tuple[Connection, ...]:
    """The connections that stood at this moment, as far as anybody knows."""
    return tuple(
        connection
        for connection in timeline.connections
        if connection.connected_ns <= at_ns
        and (connection.lost_ns is None or connection.lost_ns >= at_ns)
    )


def lost_event(timeline: Timeline, drops: Iterable[Connection]) -> Event | None:
    """The first of these losses, as the side that knew it first told it."""
    told = [event for drop in drops if (event := ending(timeline, drop)) is not None]
    return min(told, key=lambda event: event.at_ns, default=None)


def sign_of_life(timeline: Timeline, before_ns: int) -> Event | None:
    """The last event that the server itself wrote before this moment."""
    lived = [e for e in timeline.log.by(Witness.SERVER) if e.at_ns <= before_ns]
    return lived[-1] if lived else None


def way(
    timeline: Timeline, drops: Iterable[Connection], *steps: Step, last: str
) -> tuple[Step, ...]:
    """The steps in order of time, with the loss, told as ``last``, at their end.

    A step whose event was written after the loss is left out: the runner looks ten times a
    second, a client knows within milliseconds. The server's last sign of life then stands for it.
    """
    loss = lost_event(timeline, drops)
    if loss is None:
        return ()
    before = sorted((s for s in steps if s.event.at_ns <= loss.at_ns), key=lambda s: s.event.at_ns)
    if not before and (lived := sign_of_life(timeline, loss.at_ns)) is not None:
        before = [Step(say("this is the last that the server wrote"), lived)]
    return (*before, Step(last, loss))


def sids(drops: Iterable[Connection]) -> tuple[str, ...]:
    """What a finding explains."""
    return tuple(drop.sid for drop in drops)

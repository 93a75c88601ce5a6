"""The Engine.IO v4 heartbeat as a machine that is told the time: when does which side give up?

    server   PONG ---- pi ----> PING queued ---- pt ----> gone at the next emit,
                                                          or at the next visit: pt .. 2 pt
    server   sent ------------- pi + pt ------------> its writer closes (code 1000, no log line)
    clients  PING ------------- pi + pt ------------> "ping timeout"          (every kind)
    Python   sent ---------- max(pi, pt) + 5 -------> "packet queue is empty" (Python only)

A stall of length D that begins phi seconds after the last round drops a client iff
phi + D > limit. JavaScript counts from the last PING (engine.io-client before 6.5.2 and from
6.6.1 on; 6.5.2 to 6.6.0 counted from any packet), Python from any packet it received, and,
because of a second limit, from the last packet that it sent itself. Rules read in engineio
``socket.py``, ``server.py``, ``client.py``, ``async_client.py`` 4.15 and engine.io-client
``socket.js`` 6.6.8, for the WebSocket transport; measured on both.

The server's writer keeps the clock of a Python client from the other end: ``poll`` waits pi + pt
for something to send (engineio ``socket.py``). Which of the two ends a connection after a stall
is a matter of how long the last packet took: on loopback 1 ms to 5 ms for a PING, but 43 ms were
seen for a second small message (Nagle's wait for an acknowledgement that is delayed). A stall
that ends in between is fatal although the client would have borne it.

What this cannot know: whether a packet that was sent arrived, and the milliseconds that a timer
may be late. All times are seconds on one clock of the caller's choice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# engineio client.py: ``timeout = max(self.ping_interval, self.ping_timeout) + 5``. It does not
# scale with the settings, so a lab with small ones never shows this limit.
WRITE_IDLE_GRACE_S = 5.0

# Events carry nanoseconds: what is closer than that is the same moment.
_GRAIN_S = 1e-9


class ClientKind(StrEnum):
    """Client libraries that keep different clocks."""

    PYTHON = "python"  # python-socketio, synchronous
    PYTHON_ASYNC = "python-async"  # python-socketio, asyncio
    NODE = "node"  # socket.io-client in Node or a browser


class Limit(StrEnum):
    """The rule by which a client gives up."""

    PING_TIMEOUT = "ping_timeout"  # pi + pt without hearing from the server
    WRITE_IDLE = "write_idle"  # max(pi, pt) + 5 without sending anything itself; Python only


@dataclass(frozen=True)
class Heartbeat:
    """The numbers that the OPEN packet advertised, in seconds. Raises ValueError on a negative
    interval and on a timeout that is not positive; an interval of 0 is what 0.5 becomes.
    """

    ping_interval_s: float
    ping_timeout_s: float

    def __post_init__(self) -> None:
        numbers = (self.ping_interval_s, self.ping_timeout_s)
        if not all(map(math.isfinite, numbers)) or numbers[0] < 0 or numbers[1] <= 0:
            raise ValueError(f"no heartbeat: interval {numbers[0]} s, timeout {numbers[1]} s")

    @classmethod
    def configured(cls, ping_interval_s: float, ping_timeout_s: float) -> Heartbeat:
        """What a server so configured advertises: whole seconds of the interval, whole
        milliseconds of the timeout (engineio server.py, ``int(ping_interval) * 1000``).
        """
        return cls(int(ping_interval_s), int(ping_timeout_s * 1000) / 1000)


@dataclass(frozen=True)
class Exposure:
    """One client that met one stall, with what its clocks read when the stall began.

    phase_s:      since the packet from which it counts pi + pt.
    sent_phase_s: since the last packet that it sent; None: as long ago as ``phase_s``.
    """

    kind: str
    stall_s: float
    phase_s: float
    sent_phase_s: float | None = None


def limits(kind: str, heartbeat: Heartbeat) -> dict[Limit, float]:
    """Each rule of this client with the silence that it bears, in seconds.

    Raises ValueError for a client that is not a ``ClientKind``.
    """
    borne = {Limit.PING_TIMEOUT: heartbeat.ping_interval_s + heartbeat.ping_timeout_s}
    if ClientKind(kind) is not ClientKind.NODE:
        longest = max(heartbeat.ping_interval_s, heartbeat.ping_timeout_s)
        borne[Limit.WRITE_IDLE] = longest + WRITE_IDLE_GRACE_S
    return borne


def first_limit(kind: str, heartbeat: Heartbeat) -> tuple[float, Limit]:
    """The shorter of the client's limits in seconds and its rule, where both count from one
    moment. At min(pi, pt) = 5 s they coincide: it is called the ping timeout.
    """
    return min((seconds, limit) for limit, seconds in limits(kind, heartbeat).items())


class ClientHeartbeat:
    """What one client knows: tell it of each packet, ask it when it gives up.

    Times never go back. Once a limit is passed the client is gone and nothing revives it. After
    the write-idle limit a Python client still looks connected until the next packet reaches it,
    or until pi + pt: the moment it gives up is not the moment at which people notice.
    """

    def __init__(self, kind: str, heartbeat: Heartbeat, *, opened_at: float = 0.0) -> None:
        self._kind = ClientKind(kind)
        self._limits = limits(kind, heartbeat)
        self._since = dict.fromkeys(self._limits, opened_at)
        self._gone: Limit | None = None

    def received(self, at: float, *, is_ping: bool) -> None:
        """A packet came from the server; JavaScript counts from PINGs only."""
        if self.gives_up(at) is None and (is_ping or self._kind is not ClientKind.NODE):
            self._since[Limit.PING_TIMEOUT] = at

    def sent(self, at: float) -> None:
        """The client itself sent something: a PONG, or a message of the application."""
        if self.gives_up(at) is None and Limit.WRITE_IDLE in self._since:
            self._since[Limit.WRITE_IDLE] = at

    def deadline(self) -> tuple[float, Limit]:
        """When it gives up if nothing more happens, and by which rule."""
        return min((self._since[limit] + borne, limit) for limit, borne in self._limits.items())

    def gives_up(self, at: float) -> Limit | None:
        """The rule by which it is gone at this time; None while it holds on."""
        deadline, limit = self.deadline()
        if self._gone is None and _passed(at, deadline):
            self._gone = limit
        return self._gone


class ServerHeartbeat:
    """What the server knows of one client. Nothing on the server watches a clock between its
    checks, so it gives two times where the client gives one.

    It counts as if a PING had gone out at ``opened_at``, until ``accepted``: a connect handler
    that takes longer than ping_timeout loses its own client.
    """

    def __init__(self, heartbeat: Heartbeat, *, opened_at: float = 0.0) -> None:
        self._heartbeat = heartbeat
        self._pinged_at: float | None = opened_at
        self._ping_due: float | None = None

    def accepted(self, at: float) -> None:
        """The connect handler returned: the first PING is due one interval later."""
        self.ponged(at)

    def ponged(self, at: float) -> None:
        """A PONG was processed; one that no PING asked for starts nothing."""
        if self._pinged_at is not None:
            self._pinged_at, self._ping_due = None, at + self._heartbeat.ping_interval_s

    def ping_due(self) -> float | None:
        """When the next PING is to be queued; None while one is outstanding."""
        return self._ping_due

    def pinged(self, at: float) -> None:
        """The PING was queued: from here ping_timeout counts, written or not."""
        self._pinged_at, self._ping_due = at, None

    def times_out(self) -> tuple[float, float] | None:
        """From when an emit to this client ends it, and until when the service task, which visits
        each client once in ping_timeout, has ended it; None while no PING is outstanding.
        """
        if self._pinged_at is None:
            return None
        timeout = self._heartbeat.ping_timeout_s
        return self._pinged_at + timeout, self._pinged_at + 2 * timeout

    def gives_up(self, at: float) -> bool:
        """Whether a check at this time, by an emit or by the service task, finds it gone."""
        ends = self.times_out()
        return ends is not None and _passed(at, ends[0])


def outcome(
    kind: str,
    heartbeat: Heartbeat,
    stall_s: float,
    phase_s: float,
    *,
    sent_phase_s: float | None = None,
) -> Limit | None:
    """The rule by which a stall ends this client, the one that passes first; None: it survives.

    phase_s:      since the last PING (JavaScript) or the last packet received (Python).
    sent_phase_s: since the last packet that the client sent; None: the same as ``phase_s``.
    """
    borne_s, limit = still_bears(kind, heartbeat, phase_s, sent_phase_s=sent_phase_s)
    return limit if _passed(stall_s, borne_s) else None


def still_bears(
    kind: str, heartbeat: Heartbeat, phase_s: float, *, sent_phase_s: float | None = None
) -> tuple[float, Limit]:
    """The longest stall, in seconds, that this client survives when it begins at this phase, and
    the rule that ends a longer one. Arguments as for ``outcome``.
    """
    phases = {
        Limit.PING_TIMEOUT: phase_s,
        Limit.WRITE_IDLE: phase_s if sent_phase_s is None else sent_phase_s,
    }
    return min((borne - phases[limit], limit) for limit, borne in limits(kind, heartbeat).items())


def drop_probability(
    kind: str, heartbeat: Heartbeat, stall_s: float, *, emit_every_s: float | None = None
) -> float:
    """P(drop | D, pi, pt) where the stall begins at a uniform time of the ping interval.

    emit_every_s: the server's own messages to this client. They restart pi + pt of a Python
    client, so that only the rule of what it sent still counts from the last PING; their offset
    to the PINGs is taken as uniform. None: no message but the heartbeat.
    """
    interval = heartbeat.ping_interval_s
    borne = limits(kind, heartbeat)
    # The latest phases at which each rule still lets the client survive.
    heard = borne[Limit.PING_TIMEOUT] - stall_s
    sent = borne.get(Limit.WRITE_IDLE, math.inf) - stall_s
    survives = _uniform_below(min(heard, sent), interval)
    if emit_every_s is not None and kind != ClientKind.NODE:
        # u = since the last PONG, v = since the last message; it survives iff u <= sent and
        # min(u, v) <= heard.
        later = _uniform_below(sent, interval) - survives
        survives += later * _uniform_below(heard, emit_every_s)
    return 1.0 - survives


def tolerance(kind: str, heartbeat: Heartbeat) -> tuple[float, float]:
    """A stall up to the first number drops nobody, one above the second drops everybody; between
    them the phase decides. Seconds, without traffic beside the heartbeat.
    """
    borne, _ = first_limit(kind, heartbeat)
    return borne - heartbeat.ping_interval_s, borne


def smallest_ping_timeout(kind: str, ping_interval_s: float, stall_s: float) -> float | None:
    """The smallest ping_timeout at which this stall drops nobody, at whatever phase it begins.

    None where there is none: for a stall that does not end. 0.0 where any timeout will do.
    """
    if not math.isfinite(stall_s):
        return None
    needed = max(stall_s, 0.0)
    if ClientKind(kind) is not ClientKind.NODE and stall_s > WRITE_IDLE_GRACE_S:
        # pi + D <= max(pi, pt) + 5 asks for more than pi, so it must come from pt.
        needed = max(needed, ping_interval_s + stall_s - WRITE_IDLE_GRACE_S)
    return needed


def remaining(
    exposures: Iterable[Exposure], ping_interval_s: float, ping_timeouts_s: Iterable[float]
) -> tuple[tuple[float, int], ...]:
    """The counterfactual curve: for each ping_timeout, how many of these would still drop."""
    met = tuple(exposures)
    return tuple(
        (timeout, sum(_drops(one, Heartbeat(ping_interval_s, timeout)) for one in met))
        for timeout in ping_timeouts_s
    )


def dead_client_noticed_s(heartbeat: Heartbeat) -> tuple[float, float]:
    """How long after its last PONG a client that vanished without a word is noticed, in seconds:
    at the earliest (an emit to it), and at the latest (the service task's visit).
    """
    interval, timeout = heartbeat.ping_interval_s, heartbeat.ping_timeout_s
    return interval + timeout, interval + 2 * timeout


def _drops(one: Exposure, heartbeat: Heartbeat) -> bool:
    ended = outcome(one.kind, heartbeat, one.stall_s, one.phase_s, sent_phase_s=one.sent_phase_s)
    return ended is not None


def _passed(at: float, deadline: float) -> bool:
    return at - deadline > _GRAIN_S


def _uniform_below(phase_s: float, interval_s: float) -> float:
    """P(u <= phase) for u uniform in 0 .. interval; a point at 0 for an interval of 0."""
    if interval_s == 0:
        return float(not _passed(0.0, phase_s))
    return min(max(phase_s / interval_s, 0.0), 1.0)

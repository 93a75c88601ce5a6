"""The reconnect storm: every lost client tries again as its library does, servers take turns.

    lost --wait--> attempt --queue--> open --queue--> joined --queue--> in step
             ^        | refused, or waited too long      |
             +--------+----------------------------------+

Each server process is one queue, first come first served, whose work is seconds of one core. An
attempt that its client has given up is work all the same: the server finds out when it writes.
The servers that were hit take nobody before the outage ends; after a death or a silence clients
are led to the servers that live, after a stall back to their own, which seems alive. Where nobody
lives an attempt is refused at once. A server that started again listens ``warm_s`` seconds before
it answers: until then, and in a stall, connections wait in the kernel's queue. It keeps
``backlog`` of them; of one that comes then it says nothing, and the client's kernel knocks again.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from granite_ws.capacity.backoff import PATIENCE, Backoff
from granite_ws.capacity.cost import ServerCost
from granite_ws.capacity.losses import noticed_s
from granite_ws.capacity.plan import Outage, Plan
from granite_ws.heartbeat import ClientKind, Heartbeat

# Socket.IO's ``maxDisconnectionDuration``: how long a connection's state is kept for it.
RECOVERED_WITHIN_S = 120.0
# Linux sends a SYN that nothing answered again after one second, four more times from 6.5 on
# (``tcp_syn_linear_timeouts``); then, and in older kernels, after twice as long each time.
KNOCKS_AGAIN_S = 1.0
_ATTEMPT, _JOIN, _RESYNC, _KNOCK = range(4)


@dataclass(frozen=True)
class Storm:
    """What became of every client. Seconds from the beginning of the outage.

    lost_s:     when each noticed; infinite for who kept the connection.
    back_s:     when each was connected again; infinite for who was not by ``until_s``.
    in_step_s:  when each had what it had missed, too.
    attempts_s: each attempt to connect, ascending.  failed: how many came to nothing.
    knocks:     how often a kernel's queue was full.
    """

    lost_s: np.ndarray
    back_s: np.ndarray
    in_step_s: np.ndarray
    attempts_s: np.ndarray
    failed: int
    knocks: int
    until_s: float

    @property
    def lost(self) -> int:
        """How many clients lost their connection."""
        return int(np.isfinite(self.lost_s).sum())

    @property
    def back(self) -> int:
        """How many of these came back."""
        return int(np.isfinite(self.back_s[np.isfinite(self.lost_s)]).sum())

    def back_after(self, share: float) -> float:
        """Seconds after which this share of the lost clients was back; infinite if it never was,
        0 where nobody was lost.
        """
        return _reached(self.back_s[np.isfinite(self.lost_s)], share)

    def in_step_after(self, share: float) -> float:
        """The same, until they have what they missed."""
        return _reached(self.in_step_s[np.isfinite(self.lost_s)], share)

    @property
    def peak_attempts_per_s(self) -> int:
        """The most attempts within one second."""
        return busiest_second(self.attempts_s)

    @property
    def peak_returns_per_s(self) -> int:
        """The most clients that came back within one second."""
        return busiest_second(np.sort(self.back_s[np.isfinite(self.back_s)]))

    def connected_share(self, at_s: np.ndarray) -> np.ndarray:
        """The share of all clients that is connected at each of these seconds."""
        lost = np.searchsorted(np.sort(self.lost_s), at_s, side="right")
        back = np.searchsorted(np.sort(self.back_s), at_s, side="right")
        return 1 - (lost - back) / max(len(self.lost_s), 1)


def busiest_second(sorted_s: np.ndarray) -> int:
    """The most of these ascending moments that lie within one second."""
    if not len(sorted_s):
        return 0
    ends = np.searchsorted(sorted_s, sorted_s + 1.0)
    return int((ends - np.arange(len(sorted_s))).max())


def simulate(
    plan: Plan,
    cost: ServerCost,
    heartbeat: Heartbeat,
    *,
    seed: int,
    backoff: Backoff | None = None,
    python: str = ClientKind.PYTHON_ASYNC,
    noticed_within_s: float = 0.0,
    until_s: float = 900.0,
) -> Storm:
    """One storm; the same for the same seed. python: the kind of those that are not JavaScript.

    noticed_within_s: how long the clients' own machines take to tell all of them of a death.
    until_s: seconds after which who is not back counts as gone.
    """
    backoff = backoff or Backoff()
    if not plan.jitter:
        backoff = backoff.without_jitter()
    rng = np.random.default_rng(seed)
    world = _World(plan, cost, heartbeat, backoff=backoff, python=python, rng=rng)
    if plan.outage == Outage.DEATH:
        world.lost_s += rng.random(plan.audience) * noticed_within_s
    world.run(until_s)
    return Storm(
        lost_s=world.lost_s,
        back_s=world.back_s,
        in_step_s=world.in_step_s,
        attempts_s=np.sort(np.array(world.attempts_s, dtype=float)),
        failed=world.failed,
        knocks=world.knocks,
        until_s=until_s,
    )


class _World:
    """The state of a storm that is under way."""

    def __init__(
        self,
        plan: Plan,
        cost: ServerCost,
        heartbeat: Heartbeat,
        *,
        backoff: Backoff,
        python: str,
        rng: np.random.Generator,
    ) -> None:
        self._plan, self._backoff, self._rng = plan, backoff, rng
        count = plan.audience
        self._home = np.arange(count) % plan.servers
        javascript = rng.random(count) < plan.node_share
        self._kinds = [ClientKind.NODE if one else ClientKind(python) for one in javascript]
        self._patience = [PATIENCE[kind] for kind in self._kinds]
        self._tried = [0] * count
        # Where each was led, and when, at its last attempt.
        self._led: list[int] = self._home.tolist()
        self._begun_s = [0.0] * count
        self.lost_s = self._losses(heartbeat)
        self.back_s = np.full(count, np.inf)
        self.in_step_s = np.full(count, np.inf)
        self.attempts_s: list[float] = []
        self.failed = self.knocks = 0
        # Who is connected already slows whoever comes: only the rest of the core is free.
        quiet = cost.quiet_share(
            count / plan.servers, heartbeat.ping_interval_s, plan.messages_per_s
        )
        free = 1 - quiet
        spent = (cost.open_s, cost.join_s, cost.resync_s)
        self._work = [work / free if free > 0 else math.inf for work in spent]
        hit = plan.servers_hit
        dies = plan.outage != Outage.STALL
        unhit = [0.0] * (plan.servers - hit)
        self._free_at = [plan.outage_s + dies * plan.warm_s] * hit + unhit
        self._living_at = [plan.outage_s] * hit + unhit if dies else None
        self._backlog = cost.backlog
        # When the server will take each connection that waits in its kernel's queue.
        self._taken_at: list[deque[float]] = [deque() for _ in range(plan.servers)]
        # (second, order, client, what): the order makes equal seconds fair and repeatable.
        self._todo: list[tuple[float, int, int, int]] = []
        self._order = 0

    def _losses(self, heartbeat: Heartbeat) -> np.ndarray:
        """When each notices; who is on a server that is not hit keeps its connection."""
        plan, kinds = self._plan, np.array(self._kinds, dtype=object)
        phases = self._rng.random(plan.audience) * heartbeat.ping_interval_s
        lost = np.full(plan.audience, np.inf)
        for kind in set(self._kinds):
            mine = kinds == kind
            lost[mine] = noticed_s(kind, heartbeat, plan.outage, plan.outage_s, phases[mine])
        return np.where(self._home < plan.servers_hit, lost, np.inf)

    def run(self, until_s: float) -> None:
        for client in np.flatnonzero(np.isfinite(self.lost_s)).tolist():
            self._wait(client, float(self.lost_s[client]))
        acts = {
            _ATTEMPT: self._attempt,
            _JOIN: self._join,
            _RESYNC: self._resync,
            _KNOCK: self._knock,
        }
        while self._todo:
            at, _, client, what = heapq.heappop(self._todo)
            if at > until_s:
                break
            acts[what](client, at)

    def _wait(self, client: int, since: float) -> None:
        kind, attempt = self._kinds[client], self._tried[client]
        waited = self._backoff.wait_s(kind, attempt, float(self._rng.random()))
        self._tried[client] += 1
        self._push(since + waited, client, _ATTEMPT)

    def _push(self, at: float, client: int, what: int) -> None:
        self._order += 1
        heapq.heappush(self._todo, (at, self._order, client, what))

    def _attempt(self, client: int, at: float) -> None:
        self.attempts_s.append(at)
        self._begun_s[client] = at
        server = self._lead(client, at)
        if server is None:
            self._fail(client, at)
        else:
            self._led[client] = server
            self._knock(client, at)

    def _knock(self, client: int, at: float) -> None:
        server, waiting = self._led[client], self._taken_at[self._led[client]]
        given_up = self._begun_s[client] + self._patience[client].opening_s
        while waiting and waiting[0] <= at:
            waiting.popleft()
        if len(waiting) > self._backlog:
            self.knocks += 1
            again = at + KNOCKS_AGAIN_S
            if again > given_up:
                self._fail(client, given_up)
            else:
                self._push(again, client, _KNOCK)
            return
        waiting.append(max(at, self._free_at[server]))
        done = self._serve(server, at, self._work[_ATTEMPT])
        if done > given_up:
            self._fail(client, given_up)
        else:
            self._push(done, client, _JOIN)

    def _join(self, client: int, at: float) -> None:
        done = self._serve(self._led[client], at, self._work[_JOIN])
        patience = self._patience[client].joining_s
        if done - at > patience:
            self._fail(client, at + patience)
            return
        self.back_s[client] = self.in_step_s[client] = done
        gone = done - self.lost_s[client]
        kept = self._plan.recovery and self._kinds[client] == ClientKind.NODE
        if not (kept and gone <= RECOVERED_WITHIN_S):
            self._push(done, client, _RESYNC)

    def _resync(self, client: int, at: float) -> None:
        self.in_step_s[client] = self._serve(self._led[client], at, self._work[_RESYNC])

    def _fail(self, client: int, at: float) -> None:
        self.failed += 1
        self._wait(client, at)

    def _lead(self, client: int, at: float) -> int | None:
        """The server that this attempt meets: the least busy that lives; its own in a stall."""
        if self._living_at is None:
            return int(self._home[client])
        living = [n for n, since in enumerate(self._living_at) if since <= at]
        return min(living, key=self._free_at.__getitem__) if living else None

    def _serve(self, server: int, at: float, work: float) -> float:
        """When the server, which takes everybody in turn, will have done this work."""
        self._free_at[server] = max(self._free_at[server], at) + work
        return self._free_at[server]


def _reached(moments: np.ndarray, share: float) -> float:
    """The moment by which this share of them has come."""
    if not len(moments):
        return 0.0
    place = max(math.ceil(share * len(moments)) - 1, 0)
    return float(np.sort(moments)[place])

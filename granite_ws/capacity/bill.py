"""How many servers a plan needs, what governs their number, and what they cost."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from granite_ws.capacity.cost import ServerCost
from granite_ws.capacity.plan import Plan
from granite_ws.capacity.storm import simulate
from granite_ws.heartbeat import Heartbeat

HOURS_A_MONTH = 730.0  # 365 * 24 / 12
SEEDS = 3
_MOST = 4096


class Need(StrEnum):
    """What asks for the servers."""

    QUIET = "quiet"  # heartbeats and messages of a quiet day
    STORM = "storm"  # coming back in time


@dataclass(frozen=True)
class Bill:
    """What a plan needs. money_month: None where no number of servers is enough.

    quiet_servers: for heartbeat and messages at ``busy_share`` of a core.
    storm_servers: the fewest with which enough clients are back in time; None: none suffice.
    cores, memory_gb: of all servers, one core each.
    """

    quiet_servers: int
    storm_servers: int | None
    servers: int | None
    governed_by: Need
    cores: int | None
    memory_gb: float | None
    money_month: float | None
    audience: int

    def per_thousand(self, amount: float | None) -> float | None:
        """The same amount for 1,000 clients."""
        return None if amount is None else amount * 1000 / self.audience


def bill(plan: Plan, cost: ServerCost, heartbeat: Heartbeat, *, seed: int = 0) -> Bill:
    """What this plan needs; its own number of servers does not count."""
    quiet = quiet_servers(plan, cost, heartbeat)
    storm = servers_needed(plan, cost, heartbeat, seed=seed, least=1)
    servers = None if storm is None else max(quiet, storm)
    memory = money = None
    if servers is not None:
        memory = (servers * cost.base_mb + plan.audience * cost.client_mb) / 1000
        hourly = servers * plan.price_core_hour + memory * plan.price_gb_hour
        money = hourly * HOURS_A_MONTH
    return Bill(
        quiet_servers=quiet,
        storm_servers=storm,
        servers=servers,
        governed_by=Need.STORM if storm is None or storm > quiet else Need.QUIET,
        cores=servers,
        memory_gb=memory,
        money_month=money,
        audience=plan.audience,
    )


def quiet_servers(plan: Plan, cost: ServerCost, heartbeat: Heartbeat) -> int:
    """The fewest servers that stay below ``busy_share`` while nothing breaks."""
    cores = cost.quiet_share(plan.audience, heartbeat.ping_interval_s, plan.messages_per_s)
    return max(math.ceil(cores / plan.busy_share), 1)


def servers_needed(
    plan: Plan, cost: ServerCost, heartbeat: Heartbeat, *, seed: int = 0, least: int = 1
) -> int | None:
    """The fewest servers, from ``least`` on, with which the plan's share of clients is back in
    time (median of three seeds), found by doubling and halving; None where none suffice.

    A plan whose outage alone is longer than its time cannot be helped by servers.
    """

    def suffices(servers: int) -> bool:
        tried = replace(plan, servers=servers)
        within = plan.back_within_s
        return back_after(tried, cost, heartbeat, seed=seed, until_s=within) <= within

    enough = least
    while not suffices(enough):
        enough *= 2
        if enough > min(_MOST, 2 * plan.audience):
            return None
    too_few = enough // 2 if enough > least else least - 1
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        enough, too_few = (middle, too_few) if suffices(middle) else (enough, middle)
    return enough


def back_after(
    plan: Plan,
    cost: ServerCost,
    heartbeat: Heartbeat,
    *,
    seed: int = 0,
    until_s: float | None = None,
) -> float:
    """Seconds until the plan's share of the lost clients is back: median of three seeds; infinite
    where that takes longer than ``until_s``, by default twice what the plan allows.
    """
    until = 2 * plan.back_within_s if until_s is None else until_s
    storms = (simulate(plan, cost, heartbeat, seed=seed + n, until_s=until) for n in range(SEEDS))
    return statistics.median(storm.back_after(plan.back_share) for storm in storms)


def over_servers(
    plan: Plan, cost: ServerCost, heartbeat: Heartbeat, counts: Iterable[int], *, seed: int = 0
) -> list[tuple[int, float]]:
    """For each number of servers, the seconds until enough clients are back."""
    return [
        (count, back_after(replace(plan, servers=count), cost, heartbeat, seed=seed))
        for count in counts
    ]

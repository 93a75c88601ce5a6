"""What a reader may want to ask: how many clients, on how many servers, and what breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.setting_rules import Rule, choice, flag, number, setting, whole

_GROUP = "Capacity"
# Not anybody's offer: round numbers, so that there is something to multiply with.
EXAMPLE_PRICE_PER_CORE_HOUR = 0.04
EXAMPLE_PRICE_PER_GB_HOUR = 0.005


class Outage(StrEnum):
    """What befalls the servers that are hit."""

    DEATH = "death"  # the process ends: its sockets are closed at once, nobody listens
    STALL = "stall"  # the process stands still: the kernel still takes connections for it
    SILENCE = "silence"  # the machine or its network is gone: nobody is told, nobody listens


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The question. Raises SettingsError for a value that is not allowed."""

    audience: int = setting(10_000, whole(1, 1_000_000, "clients that are connected", _GROUP))
    servers: int = setting(4, whole(1, 10_000, "server processes, one core each", _GROUP))
    outage: str = setting(
        Outage.DEATH.value, choice(tuple(one.value for one in Outage), "what breaks", _GROUP)
    )
    outage_s: float = setting(5.0, number(0, 86_400, "seconds that it lasts", _GROUP))
    warm_s: float = setting(
        1.0,
        number(0, 3_600, "seconds that a new process listens before it answers", _GROUP),
    )
    share_hit: float = setting(1.0, number(0, 1, "share of the servers that it hits", _GROUP))
    node_share: float = setting(
        1.0, number(0, 1, "share of JavaScript clients, the others being Python's", _GROUP)
    )
    jitter: bool = setting(True, flag("clients wait for differing times, as by default", _GROUP))
    recovery: bool = setting(
        False, flag("clients that come back soon need no history again", _GROUP)
    )
    messages_per_s: float = setting(
        1.0, number(0, 1_000, "messages to each client in a second", _GROUP)
    )
    back_share: float = setting(0.99, number(0, 1, "share of clients that must be back", _GROUP))
    back_within_s: float = setting(30.0, number(0.1, 86_400, "seconds within which", _GROUP))
    busy_share: float = setting(
        0.6, number(0.05, 0.95, "share of a core that quiet running may use", _GROUP)
    )
    price_core_hour: float = setting(
        EXAMPLE_PRICE_PER_CORE_HOUR, number(0, 1e6, "price of one core for an hour", _GROUP)
    )
    price_gb_hour: float = setting(
        EXAMPLE_PRICE_PER_GB_HOUR, number(0, 1e6, "price of one GB for an hour", _GROUP)
    )

    def __post_init__(self) -> None:
        for name, rule in RULES.items():
            _check(name, getattr(self, name), rule)

    @classmethod
    def from_names(cls, names: Mapping[str, Any]) -> Plan:
        """The plan among a notebook's global names (``globals()``); others are left alone."""
        return cls(**{name: names[name] for name in RULES if name in names})

    @property
    def servers_hit(self) -> int:
        """How many servers are hit: at least one, unless the share is 0."""
        return min(self.servers, max(round(self.servers * self.share_hit), self.share_hit > 0))


RULES: dict[str, Rule] = {entry.name: entry.metadata["rule"] for entry in fields(Plan)}
_DEFAULTS = {entry.name: entry.default for entry in fields(Plan)}


def _check(name: str, value: Any, rule: Rule) -> None:
    wants_flag = isinstance(_DEFAULTS[name], bool)
    if isinstance(value, bool) is not wants_flag or not rule.accepts(value):
        raise SettingsError(name, value, allowed=f"must be {rule.allowed}", where="capacity")

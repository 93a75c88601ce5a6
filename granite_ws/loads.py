"""Load shapes: who asks for forecasts beside the feed, and how the model behaves meanwhile.

The names are the values of the setting ``load``; the alternatives are compared under each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Burden(StrEnum):
    """What a forecast does to the process in which it runs, before it is made."""

    NONE = ""
    SLOW_FREE = "slow-free"  # native code that lets go of Python's interpreter lock
    SLOW_HELD = "slow-held"  # native code that keeps it
    CRASH = "crash"  # the process dies of SIGSEGV


@dataclass(frozen=True)
class Load:
    """One shape.

    at_once: forecasts that are asked for together, spread over all clients; 0: one a client.
    every_s: seconds from one asking to the next.
    first_s: seconds from a client's connection to its first asking.
    crash_number: the request (counted from 1 at the server) that kills its process.
    """

    every_s: float
    at_once: int = 0
    first_s: float = 0.5
    burden: Burden = Burden.NONE
    crash_number: int = 0

    def asks_of(self, client: int, clients: int) -> int:
        """How many forecasts this client (counted from 0) asks for at a time."""
        if not self.at_once:
            return 1
        return self.at_once // clients + (client < self.at_once % clients)


LOADS: dict[str, Load] = {
    "steady": Load(every_s=1.0),
    "burst": Load(every_s=5.0, at_once=50),
    # Not before every kind of client is there: a server that stands still lets nobody in.
    "slow-free": Load(every_s=1.0, first_s=3.0, burden=Burden.SLOW_FREE),
    "slow-held": Load(every_s=1.0, first_s=3.0, burden=Burden.SLOW_HELD),
    "crash": Load(every_s=1.0, burden=Burden.CRASH, crash_number=3),
}

"""A fault: what is broken on purpose, where, when, and whom it must hit to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Place(StrEnum):
    """Who carries a fault out."""

    SERVER = "server"  # the server's own process, on the runner's order
    RUNNER = "runner"  # the runner, from outside: signals, restarts
    WIRE = "wire"  # a TCP relay between the clients and the server
    CLIENT = "client"  # the clients' own processes, on the runner's order


# What a short session needs: whole seconds, a PING each second, a feed, and no model to import.
LAB: Mapping[str, Any] = {
    "data": "sensor",
    "engine": "smoothing",
    "hub_timeout_s": 0,
    "ping_interval": 1,
    "ping_timeout": 2,
    "point_interval_s": 0.25,
    "forecast_every": 8,
    "client_kinds": "python,node",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row of the catalogue; the cause that a diagnosis must name has the same name.

    name:     the state, in one word for fault, cause, file, table and page.
    place:    who carries it out.
    about:    what is broken, in a few words.
    seconds:  how long it lasts by default; 0 for what happens at once.
    at_s:     seconds after a PING at which it begins.
    settings: what a session needs beyond ``LAB`` for the fault to have its effect.
    hits:     client kinds that must lose their connection for the fault to count; empty where
              the trouble is not a drop.
    standing: True where it is there from the server's start (a wrong setting, a slow handler).
    settle_s: how long the session goes on after the fault ended, until all have noticed.
    order:    what the order to a relay or a client says beyond name and seconds.
    also:     names that a diagnosis may give as well, because both act (a trigger and its limit).
    reports:  public issues in which people report the symptom.
    """

    name: str
    place: Place
    about: str
    seconds: float = 0.0
    at_s: float = 0.5
    settings: Mapping[str, Any] = field(default_factory=dict)
    hits: tuple[str, ...] = ()
    standing: bool = False
    settle_s: float = 5.0
    order: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()

    def session(self, **changes: Any) -> dict[str, Any]:
        """Plain settings of a short session that has this fault; ``changes`` win."""
        duration = 4.0 + self.at_s + self.seconds + self.settle_s
        own = {**LAB, "duration_s": duration, "fault_at_s": self.at_s, **self.settings}
        return {**own, "fault": self.name, **changes}

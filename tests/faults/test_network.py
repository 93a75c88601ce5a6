"""The faults of the network and of the heartbeat's settings, as data."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from granite_ws.diagnosis.network import CHECKS
from granite_ws.edges.injector.network import ACTS, SCENES
from granite_ws.edges.wire_faults import make_fault
from granite_ws.faults import Fault, Place
from granite_ws.faults.network import FAULTS
from granite_ws.settings import Settings

TROUBLES = {"no_sticky_session", "upgrade_failed"}
WIRE = [fault for fault in FAULTS if fault.place is Place.WIRE]


def test_every_fault_has_a_cause_of_its_name() -> None:
    """What is injected can be named, and nothing is named that cannot be injected."""
    modules: list[Any] = [sys.modules[check.__module__] for check in CHECKS]
    assert sorted(fault.name for fault in FAULTS) == sorted(module.CAUSE for module in modules)
    assert sorted(f"GWS{n}" for n in range(501, 513)) == sorted(module.CODE for module in modules)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_its_session_can_be_run(fault: Fault) -> None:
    """Its settings are allowed ones, and whom it must hit is among those that watch."""
    settings = Settings.from_mapping(fault.session(), where="test")
    assert set(fault.hits) <= set(settings.client_kinds.split(","))
    assert fault.seconds + fault.at_s < settings.duration_s


@pytest.mark.parametrize("fault", WIRE, ids=lambda fault: fault.name)
def test_the_relay_knows_its_order(fault: Fault) -> None:
    """Each order of the wire names a fault of the relay, with the figures that it asks for."""
    servers = [("127.0.0.1", 1)] * fault.order.get("servers", 1)
    assert make_fault({"fault": fault.name, **fault.order}, servers)


def test_somebody_carries_out_what_is_not_of_the_wire() -> None:
    """The server on an order, or the runner from outside."""
    rest = {fault.name: fault.place for fault in FAULTS if fault.place is not Place.WIRE}
    assert {name for name, place in rest.items() if place is Place.SERVER} == set(ACTS)
    assert {name for name, place in rest.items() if place is Place.RUNNER} == set(SCENES)


def test_only_two_drop_nobody() -> None:
    """Clients that cannot connect, and clients that stay on polling: troubles, not drops."""
    assert {fault.name for fault in FAULTS if not fault.hits} == TROUBLES


def test_an_idle_limit_lies_between_two_pings_and_two_messages() -> None:
    """Else the heartbeat, or the feed, would keep the connection up."""
    [fault] = [fault for fault in FAULTS if fault.name == "proxy_idle_timeout"]
    settings = fault.session()
    assert fault.order["idle_s"] < settings["point_interval_s"] < settings["ping_interval"]

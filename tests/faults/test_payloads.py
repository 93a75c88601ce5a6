"""The faults of what is sent, as data."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from granite_ws.diagnosis.payloads import CHECKS
from granite_ws.edges.injector.payloads import ACTS, SCENES
from granite_ws.faults import Fault, Place
from granite_ws.faults.payloads import FAULTS
from granite_ws.settings import Settings

TROUBLES = {"unserialisable_result", "too_many_packets_up"}


def test_every_fault_has_a_cause_of_its_name() -> None:
    """What is injected can be named, and nothing is named that cannot be injected."""
    modules: list[Any] = [sys.modules[check.__module__] for check in CHECKS]
    assert sorted(fault.name for fault in FAULTS) == sorted(module.CAUSE for module in modules)
    assert len({module.CODE for module in modules}) == len(CHECKS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_its_session_can_be_run(fault: Fault) -> None:
    """Its settings are allowed ones, and whom it must hit is among those that watch."""
    settings = Settings.from_mapping(fault.session(), where="test")
    assert set(fault.hits) <= set(settings.client_kinds.split(","))
    assert settings.ping_timeout + fault.seconds + fault.at_s < settings.duration_s


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_somebody_carries_it_out(fault: Fault) -> None:
    """The server knows how, or the clients are told what to send, or the wire and the server."""
    if fault.place is Place.CLIENT:
        assert (fault.order["act"], fault.order["count"] > 0) == ("emit", True)
    else:
        assert fault.name in ACTS
    assert (fault.place is Place.WIRE) is (fault.name in SCENES)


def test_only_two_drop_nobody() -> None:
    """A result that is never sent, and packets that are lost: troubles, not drops."""
    assert {fault.name for fault in FAULTS if not fault.hits} == TROUBLES

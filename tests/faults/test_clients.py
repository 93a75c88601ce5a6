"""The faults of clients, as data."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from granite_ws.diagnosis.clients import CHECKS
from granite_ws.edges.injector.clients import ACTS, SCENES
from granite_ws.faults import Fault, Place
from granite_ws.faults.clients import FAULTS
from granite_ws.settings import Settings


def test_every_fault_has_a_cause_of_its_name() -> None:
    """What is injected can be named, and nothing is named that cannot be injected."""
    modules: list[Any] = [sys.modules[check.__module__] for check in CHECKS]
    assert sorted(fault.name for fault in FAULTS) == sorted(module.CAUSE for module in modules)
    assert len({module.CODE for module in modules}) == len(CHECKS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_its_session_can_be_run(fault: Fault) -> None:
    """Its settings are allowed ones, whom it hits is watching, and there is time to notice."""
    settings = Settings.from_mapping(fault.session(), where="test")
    assert fault.hits
    assert set(fault.hits) <= set(settings.client_kinds.split(","))
    assert settings.ping_timeout + fault.seconds + fault.at_s < settings.duration_s


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_somebody_carries_it_out(fault: Fault) -> None:
    """The server, the runner, or the clients themselves, as its place says."""
    known: dict[Place, set[str]] = {
        Place.SERVER: set(ACTS),
        Place.RUNNER: set(SCENES),
        Place.CLIENT: {"js_main_thread_blocked", "notebook_loop_blocked", "disconnect"},
    }
    assert fault.order.get("act", fault.name) in known[fault.place]

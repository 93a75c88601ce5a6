"""The troubles of the feed, as data."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from granite_ws.diagnosis.feed import CHECKS
from granite_ws.edges.injector.feed import ACTS, PREPARE
from granite_ws.faults import Fault
from granite_ws.faults.feed import FAULTS
from granite_ws.settings import Settings


def test_every_trouble_has_a_cause_of_its_name() -> None:
    """What is injected can be named, and nothing is named that cannot be injected."""
    modules: list[Any] = [sys.modules[check.__module__] for check in CHECKS]
    assert sorted(fault.name for fault in FAULTS) == sorted(module.CAUSE for module in modules)
    assert len({module.CODE for module in modules}) == len(CHECKS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_drops_nobody_and_can_be_run(fault: Fault) -> None:
    """It hits no client, its settings are allowed ones, and the server carries it out."""
    settings = Settings.from_mapping(fault.session(), where="test")
    assert fault.hits == ()
    assert fault.seconds + fault.at_s < settings.duration_s
    assert fault.name in ACTS
    assert fault.name in PREPARE

"""The faults of a server that cannot run, as data."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from granite_ws.diagnosis.stalls import CHECKS
from granite_ws.edges.injector.server_stalls import ACTS, PREPARE, SCENES
from granite_ws.faults import BY_NAME, Fault, Place
from granite_ws.faults.server_stalls import FAULTS
from granite_ws.heartbeat import ClientKind, Heartbeat, Limit, outcome
from granite_ws.settings import Settings

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


def test_every_fault_has_a_cause_of_its_name() -> None:
    """What is injected can be named."""
    modules: list[Any] = [sys.modules[check.__module__] for check in CHECKS]
    assert {fault.name for fault in FAULTS} <= {module.CAUSE for module in modules}


@each_fault
def test_its_session_can_be_run(fault: Fault) -> None:
    """Its settings are allowed ones, and it is over before the session is."""
    settings = Settings.from_mapping(fault.session(), where="test")
    assert set(fault.hits) <= set(settings.client_kinds.split(","))
    first_ping_s = settings.ping_interval
    assert first_ping_s + fault.at_s + fault.seconds < settings.duration_s


@each_fault
def test_somebody_carries_it_out(fault: Fault) -> None:
    """The server on an order, or the runner from outside."""
    carried = SCENES if fault.place is Place.RUNNER else ACTS
    assert fault.name in carried
    assert set(PREPARE) <= set(ACTS)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.name != "gil_contention"])
def test_it_is_long_enough_for_whom_it_must_hit(fault: Fault) -> None:
    """By the heartbeat's own rules, at the phase at which it begins."""
    settings = Settings.from_mapping(fault.session(), where="test")
    numbers = Heartbeat(settings.ping_interval, settings.ping_timeout)
    # A Python client counts from any packet, and the feed sends one each quarter of a second.
    for kind in fault.hits:
        heard = fault.at_s if kind == ClientKind.NODE else 0.0
        ended = outcome(kind, numbers, fault.seconds, heard, sent_phase_s=fault.at_s)
        assert ended is not None, kind


def test_the_second_limit_spares_javascript() -> None:
    """6.5 s from 6.3 s on end a Python client by what it sent, and no JavaScript client."""
    fault = BY_NAME["pyclient_write_idle"]
    numbers = Heartbeat(7, 7)
    python = outcome(ClientKind.PYTHON, numbers, fault.seconds, 0.0, sent_phase_s=fault.at_s)
    assert python is Limit.WRITE_IDLE
    assert outcome(ClientKind.NODE, numbers, fault.seconds, fault.at_s) is None
    assert ("python",) == fault.hits

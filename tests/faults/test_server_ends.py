"""The faults that end a server, as data."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from granite_ws.diagnosis.ends import CHECKS
from granite_ws.edges.injector.server_ends import ACTS, SCENES
from granite_ws.faults import Fault, Place
from granite_ws.faults.server_ends import FAULTS
from granite_ws.heartbeat import Heartbeat, first_limit
from granite_ws.settings import Settings

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


def test_every_fault_has_a_cause_of_its_name_and_the_general_one_is_last() -> None:
    """What is injected can be named, and the special stands before the general."""
    modules: list[Any] = [sys.modules[check.__module__] for check in CHECKS]
    causes = [module.CAUSE for module in modules]
    assert {fault.name for fault in FAULTS} == set(causes[:-1])
    assert "server_ended" == causes[-1]
    assert len(modules) == len({module.CODE for module in modules})


@each_fault
def test_its_session_can_be_run(fault: Fault) -> None:
    """Its settings are allowed ones, and it is over before the session is."""
    settings = Settings.from_mapping(fault.session(), where="test")
    assert set(fault.hits) <= set(settings.client_kinds.split(","))
    assert settings.ping_interval + fault.at_s + fault.seconds < settings.duration_s


@each_fault
def test_somebody_carries_it_out(fault: Fault) -> None:
    """The server on an order, or the runner from outside."""
    assert fault.name in (SCENES if fault.place is Place.RUNNER else ACTS)


def test_clients_would_bear_what_gunicorn_does_not() -> None:
    """The worker's timeout ends the connection before any client gives up by itself."""
    (fault,) = (f for f in FAULTS if f.name == "gunicorn_worker_timeout")
    settings = Settings.from_mapping(fault.session(), where="test")
    heartbeat = Heartbeat(settings.ping_interval, settings.ping_timeout)
    for kind in fault.hits:
        assert fault.at_s + fault.seconds < first_limit(kind, heartbeat)[0]


def test_clients_of_a_forked_server_give_up_while_the_fork_lives() -> None:
    """Their own deadline passes before the orphan is ended."""
    (fault,) = (f for f in FAULTS if f.name == "fork_inherited_socket")
    settings = Settings.from_mapping(fault.session(), where="test")
    heartbeat = Heartbeat(settings.ping_interval, settings.ping_timeout)
    for kind in fault.hits:
        assert first_limit(kind, heartbeat)[0] < fault.at_s + fault.seconds

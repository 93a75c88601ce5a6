"""The faults of a server that beats and does not serve, as data."""

from __future__ import annotations

from granite_ws.diagnosis.stalls import CHECKS
from granite_ws.diagnosis.verdict import cause_of
from granite_ws.faults import BY_NAME
from granite_ws.faults.server_receive import FAULTS
from granite_ws.settings import Settings


def test_every_fault_has_the_cause_of_its_name() -> None:
    """What is broken and what is to be named are one word."""
    causes = {cause_of(check) for check in CHECKS}
    assert {fault.name for fault in FAULTS} - causes == set()


def test_every_fault_makes_a_session() -> None:
    """Its settings are allowed, and it is in the catalogue."""
    for fault in FAULTS:
        settings = Settings.from_mapping(fault.session(), where="test")
        assert fault.name == settings.fault
        assert fault is BY_NAME[fault.name]


def test_faults_without_a_drop_say_whom_they_spare() -> None:
    """Refused clients and a feed that stands still are troubles: nobody must lose a connection."""
    spared = {fault.name for fault in FAULTS if not fault.hits}
    expected = {"slow_connect_handler", "slow_disconnect_handler", "pyclient_connect_timeout"}
    assert expected == spared

"""The shape of a fault, and the catalogue as a whole."""

from __future__ import annotations

import pytest

from granite_ws.edges.injector.director import SCENES
from granite_ws.edges.injector.within import ACTS, PREPARE
from granite_ws.faults import BY_NAME, CONTROLS, FAULTS, LAB, Fault, Place
from granite_ws.settings import CLIENT_KINDS, Settings

ALL = pytest.mark.parametrize("fault", [*FAULTS, *CONTROLS], ids=lambda fault: fault.name)


def test_there_are_at_least_forty_faults() -> None:
    """And no name stands twice."""
    assert len(FAULTS) >= 40
    assert len(BY_NAME) == len(FAULTS) + len(CONTROLS)


@ALL
def test_its_session_is_a_valid_one(fault: Fault) -> None:
    """Its laboratory settings are allowed, and its name is in them."""
    settings = Settings(**fault.session())
    assert settings.fault == fault.name
    assert settings.fault_at_s == fault.at_s


@ALL
def test_the_session_lasts_longer_than_the_fault(fault: Fault) -> None:
    """Waiting for the PING, the fault itself, and the time until all have noticed."""
    settings = Settings(**fault.session())
    assert settings.duration_s > fault.at_s + fault.seconds


@ALL
def test_whom_it_hits_is_there_to_be_hit(fault: Fault) -> None:
    """Only kinds of clients that its session starts."""
    kinds = Settings(**fault.session()).client_kinds.split(",")
    assert set(fault.hits) <= set(kinds) <= set(CLIENT_KINDS)


@ALL
def test_somebody_carries_it_out(fault: Fault) -> None:
    """The server's injector, the runner, the relay or the clients know its name or its order."""
    if fault.place is Place.SERVER:
        assert fault.name in ACTS or fault.name in PREPARE
    if fault.place is Place.RUNNER:
        assert fault.name in SCENES
    if fault.also:
        assert set(fault.also) <= set(BY_NAME)


def test_changes_win_over_the_faults_own_settings() -> None:
    """A caller may ask for other clients or another seed."""
    fault = Fault(name="x", place=Place.SERVER, about="", settings={"clients": 3})
    assert fault.session()["clients"] == 3
    assert fault.session(clients=1, seed=5)["clients"] == 1
    assert fault.session()["ping_interval"] == LAB["ping_interval"]

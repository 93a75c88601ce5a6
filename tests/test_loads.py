"""Load shapes: who asks for how many forecasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.loads import LOADS, Burden, Load
from granite_ws.settings import LOADS as CHOICES


@given(at_once=st.integers(1, 500), clients=st.integers(1, 200))
def test_all_clients_together_ask_for_all_at_once(at_once: int, clients: int) -> None:
    """However many clients share a burst, it is asked for completely, and evenly."""
    load = Load(every_s=1.0, at_once=at_once)
    asked = [load.asks_of(client, clients) for client in range(clients)]
    assert at_once == sum(asked)
    assert max(asked) - min(asked) <= 1


@given(clients=st.integers(1, 200))
def test_without_a_burst_each_asks_for_one(clients: int) -> None:
    """at_once = 0 means one forecast a client, however many clients there are."""
    assert {1} == {Load(every_s=1.0).asks_of(client, clients) for client in range(clients)}


def test_the_setting_and_the_shapes_have_the_same_names() -> None:
    """Each value of the setting ``load`` is a shape; the empty one is none."""
    assert ("", *LOADS) == CHOICES


@pytest.mark.parametrize("name", LOADS)
def test_a_shape_named_after_a_burden_bears_it(name: str) -> None:
    """slow-free, slow-held and crash do what they are called; the others burden nothing."""
    burdens = {burden.value for burden in Burden} - {""}
    assert (name if name in burdens else "") == LOADS[name].burden.value


@pytest.mark.parametrize("name", LOADS)
def test_only_a_crash_has_a_number(name: str) -> None:
    """A process dies at one request of the load crash, and of no other."""
    assert (LOADS[name].burden is Burden.CRASH) == (LOADS[name].crash_number > 0)
    assert LOADS[name].every_s > 0

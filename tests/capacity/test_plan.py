"""A plan: what is allowed, and what it is made from."""

from __future__ import annotations

import math

import pytest

from granite_ws.capacity.plan import RULES, Plan
from granite_ws.errors import SettingsError

REFUSED = {
    "audience": 0,
    "servers": 2.5,
    "outage": "earthquake",
    "outage_s": -1,
    "warm_s": math.nan,
    "share_hit": 1.1,
    "node_share": "all",
    "jitter": 1,
    "recovery": "yes",
    "messages_per_s": math.inf,
    "back_share": -0.1,
    "back_within_s": 0,
    "busy_share": 1.0,
    "price_core_hour": -0.01,
    "price_gb_hour": True,
}


def test_the_defaults_are_allowed() -> None:
    """A plan needs nothing to be said."""
    assert Plan().audience == 10_000


@pytest.mark.parametrize("name", RULES)
def test_what_is_not_allowed_is_one_clear_line(name: str) -> None:
    """It names the key, the value and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        Plan(**{name: REFUSED[name]})
    told = str(caught.value)
    assert (f"capacity: {name} = " in told, RULES[name].allowed in told) == (True, True)


def test_it_takes_its_own_from_a_notebooks_names() -> None:
    """Other names are left alone."""
    made = Plan.from_names({"audience": 7, "ping_interval": 25, "__name__": "x"})
    assert made == Plan(audience=7)


@pytest.mark.parametrize(
    ("servers", "share", "hit"), [(4, 0.0, 0), (4, 0.01, 1), (4, 0.5, 2), (4, 1.0, 4), (1, 0.2, 1)]
)
def test_a_share_above_nothing_hits_one_server_at_least(
    servers: int, share: float, hit: int
) -> None:
    """Rounded, but never down to none."""
    assert Plan(servers=servers, share_hit=share).servers_hit == hit

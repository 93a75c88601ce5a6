"""How many servers, and what they cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granite_ws.capacity.bill import (
    Need,
    back_after,
    bill,
    over_servers,
    quiet_servers,
    servers_needed,
)
from tests.capacity.costs import ROUND, SEED_HEARTBEAT, plan

SLOW = replace(ROUND, open_s=0.015, join_s=0.005)  # 50 handshakes in a second


def test_the_fewest_servers_suffice_and_one_less_does_not() -> None:
    """600 clients, 50 handshakes a second: checked against each number from one on."""
    asked = plan(audience=600, back_within_s=7.0)
    needed = servers_needed(asked, SLOW, SEED_HEARTBEAT)
    counts = range(1, 9)
    in_time = [n for n, s in over_servers(asked, SLOW, SEED_HEARTBEAT, counts) if s <= 7.0]
    assert needed == min(in_time)
    assert needed > 1


def test_no_number_of_servers_shortens_an_outage() -> None:
    """All are dead for longer than the time allowed: None, and no price."""
    asked = plan(outage_s=30.0, back_within_s=10.0)
    found = bill(asked, ROUND, SEED_HEARTBEAT)
    assert (found.servers, found.money_month, found.governed_by) == (None, None, Need.STORM)
    assert found.per_thousand(found.cores) is None


def test_quiet_running_stays_below_its_share() -> None:
    """10,000 clients with a message a second: 1.08 cores, two servers at 0.6."""
    assert quiet_servers(plan(audience=10_000, messages_per_s=1.0), ROUND, SEED_HEARTBEAT) == 2


def test_a_bill_by_hand() -> None:
    """One server with 200 clients: 0.22 GB and a core, for 730 hours."""
    asked = plan(price_core_hour=0.1, price_gb_hour=0.01, back_within_s=60.0)
    found = bill(asked, ROUND, SEED_HEARTBEAT)
    assert (found.servers, found.governed_by) == (1, Need.QUIET)
    assert found.memory_gb == pytest.approx(0.22)
    assert found.money_month == pytest.approx((0.1 + 0.0022) * 730)
    assert found.per_thousand(found.money_month) == pytest.approx((0.1 + 0.0022) * 730 * 5)


def test_messages_may_govern_the_bill() -> None:
    """Twenty messages a second to each of 2,000 clients ask for more than coming back does."""
    asked = plan(audience=2000, messages_per_s=20.0, back_within_s=60.0)
    found = bill(asked, ROUND, SEED_HEARTBEAT)
    assert (found.governed_by, found.servers) == (Need.QUIET, 7)


def test_the_time_to_come_back_is_the_median_of_three_storms() -> None:
    """The same for the same seed."""
    asked = plan()
    assert back_after(asked, ROUND, SEED_HEARTBEAT, seed=4) == back_after(
        asked, ROUND, SEED_HEARTBEAT, seed=4
    )

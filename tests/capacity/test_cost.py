"""What a server spends: read, written, added up."""

from __future__ import annotations

import pytest

from granite_ws.capacity.cost import ServerCost
from tests.capacity.costs import ROUND


def test_a_record_gives_the_cost_back() -> None:
    """What else the record holds is left alone."""
    assert ServerCost.from_dict(ROUND.to_dict() | {"load_before": 0.2}) == ROUND


def test_a_missing_figure_is_not_taken_for_nothing() -> None:
    """A record without one of them is refused."""
    with pytest.raises(KeyError, match="join_s"):
        ServerCost.from_dict({k: v for k, v in ROUND.to_dict().items() if k != "join_s"})


def test_handshakes_are_opening_and_joining() -> None:
    """2 ms each: 500 in a second of one core."""
    assert ROUND.handshakes_per_s == pytest.approx(500)


def test_quiet_running_is_heartbeats_and_messages() -> None:
    """1,000 clients, a round of 0.2 ms in 25 s and two messages of 0.1 ms a second: 0.208."""
    assert ROUND.quiet_share(1000, 25, 2) == pytest.approx(0.008 + 0.2)

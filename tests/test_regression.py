"""What has become slower is found, whatever the machine."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.benchmark import Duel, Growth, Report
from granite_ws.errors import BadInput
from granite_ws.regression import regressions

SIZES = (10.0, 100.0, 1000.0)


def measured(ratio: float, power: float, *, machine: float = 1.0) -> Report:
    """A duel with this ratio and a growth with this slope, on a machine so much slower."""
    ours = tuple(machine * value for value in (1.0, 1.1, 1.05, 0.95, 1.0))
    duel = Duel("a forecast", "slow", "fast", "ms", tuple(ratio * v for v in ours), ours)
    costs = tuple(machine * size**power for size in SIZES)
    return Report([duel], [Growth("diagnosis", "events", "s", SIZES, costs)])


KEPT = measured(10, 1.0).to_dict()


def test_a_slower_machine_is_no_regression() -> None:
    """Nor are a somewhat smaller ratio and a somewhat steeper slope."""
    for ratio, power in ((10, 1.0), (8, 1.2), (30, 0.5)):
        assert [] == regressions(measured(ratio, power, machine=7), KEPT, where="kept")


def test_half_the_ratio_and_a_power_more_are_named() -> None:
    """With what was, and what is."""
    slower, steeper = map(str, regressions(measured(5, 2.0), KEPT, where="kept"))
    assert "a forecast (fast): was 10.0 times the naive way, now 5.00 (5.00 to 5.00)" == str(
        slower
    )
    assert "diagnosis over events: was slope 1.00, now 2.00" == steeper


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"duels": 3, "growths": []},
        {"duels": [{}], "growths": []},
        [],
        {"duels": [], "growths": []},
    ],
)
def test_what_is_no_record_is_refused(kept: Any) -> None:
    """And a record that knows nothing of it guards nothing."""
    with pytest.raises(BadInput, match=r"guard = 'kept': a bench\.json"):
        regressions(measured(1, 1), kept, where="kept")

"""What every piece of advice shares."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.advice.case import Advice, round_up


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.1 * 3, 0.3), (4.8, 4.8), (4.81, 4.9), (9.99, 10.0), (10.0, 10.0), (28.4, 29.0)],
)
def test_seconds_are_rounded_up_to_what_people_write(seconds: float, expected: float) -> None:
    """Tenths below 10 s, whole seconds from there on; a hair of floating point is not a tenth."""
    assert expected == round_up(seconds)


@given(st.floats(0, 1e5))
def test_rounding_never_takes_away(seconds: float) -> None:
    """The advised number is never below the needed one, and less than a second above it."""
    assert seconds - 1e-6 <= round_up(seconds) < seconds + 1


def test_advice_is_plain_values() -> None:
    """It survives JSON, curve included."""
    advice = Advice("GWS999", "gil_held_native", "Do.", "ping_timeout", 3.0, ((2.0, 1), (3.0, 0)))
    plain = json.loads(json.dumps(advice.to_dict()))
    assert [[2.0, 1], [3.0, 0]] == plain["curve"]
    assert ("ping_timeout", 3.0, "") == (plain["setting"], plain["value"], plain["verified"])

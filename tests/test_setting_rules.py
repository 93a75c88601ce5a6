"""The rules: what they accept, and the words that say so."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hypothesis import given
from hypothesis import strategies as some

from granite_ws.setting_rules import choice, flag, number, setting, text, whole


@given(some.integers(), some.integers(-5, 5), some.integers(6, 20))
def test_a_whole_number_is_within_both_ends(value: int, low: int, high: int) -> None:
    """The ends are allowed, and a fraction never is."""
    rule = whole(low, high, "", "")
    assert rule.accepts(value) == (low <= value <= high)
    assert not rule.accepts(value + 0.5)
    assert f"a whole number from {low} to {high}" == rule.allowed


@given(some.floats(allow_nan=True))
def test_a_number_is_within_both_ends(value: float) -> None:
    """NaN is in no range."""
    assert number(-1, 1, "", "").accepts(value) == (-1 <= value <= 1)


def test_a_choice_is_of_its_own_type() -> None:
    """512.0 is no number of points, though it equals one."""
    rule = choice((512, 1024), "", "")
    assert (True, False, False) == tuple(rule.accepts(v) for v in (512, 512.0, 513))
    assert "one of 512, 1024" == rule.allowed


def test_texts_and_flags() -> None:
    """An empty text where it is allowed; a flag is no number."""
    assert text("x", "", "").accepts("")
    assert not text("x", "", "", empty=False).accepts("")
    assert flag("", "").accepts(False)
    assert not flag("", "").accepts(0)


def test_a_field_carries_its_rule() -> None:
    """From where options and messages take it."""
    rule = flag("about", "group")

    @dataclass
    class Some:
        wanted: bool = setting(True, rule)

    assert (True, rule) == (Some().wanted, fields(Some)[0].metadata["rule"])

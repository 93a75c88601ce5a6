"""Sessions side by side."""

from __future__ import annotations

import threading

import pytest

from granite_ws.side_by_side import run_all


def test_each_plan_comes_with_its_result() -> None:
    """Whatever the order in which they end."""
    assert dict(run_all(lambda n: n * n, range(5), at_once=3)) == {n: n * n for n in range(5)}


def test_as_many_run_at_once_as_said() -> None:
    """Three meet at a barrier of three; a fourth would never have to wait for them."""
    together = threading.Barrier(3, timeout=10)
    assert len(list(run_all(lambda _: together.wait(), range(3), at_once=3))) == 3


def test_an_error_starts_no_further_one() -> None:
    """What was not begun is not begun any more."""
    begun = []

    def fail(number: int) -> None:
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        list(run_all(fail, range(100), at_once=1))
    assert len(begun) < 100

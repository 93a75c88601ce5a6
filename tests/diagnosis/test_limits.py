"""The thresholds."""

from __future__ import annotations

from granite_ws.diagnosis import limits


def test_every_range_is_a_range() -> None:
    """Low is below high, and the unit is one that a report can write."""
    ranges = [value for value in vars(limits).values() if isinstance(value, limits.Range)]
    assert len(ranges) == 6
    assert all(entry.low < entry.high for entry in ranges)
    assert {"s", "bytes"} == {entry.unit for entry in ranges}

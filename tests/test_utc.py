"""Moments as text."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from granite_ws.utc import utc_text


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))
def test_it_is_what_datetime_writes(moment: datetime) -> None:
    """To the microsecond, before 1970 and in years of three digits, too."""
    seconds = int(moment.replace(microsecond=0, tzinfo=UTC).timestamp())
    at_ns = seconds * 1_000_000_000 + moment.microsecond * 1000 + 999
    expected = moment.replace(tzinfo=UTC).isoformat(timespec="microseconds")
    assert expected == utc_text(at_ns)

"""Pairs of context and horizon, really forecast."""

from __future__ import annotations

from granite_ws.pairs import origins_of, try_pairs
from granite_ws.settings import Settings

SMALL = Settings(data="sunspots", engine="smoothing", hub_timeout_s=0)


def test_each_pair_is_forecast_timed_and_scored() -> None:
    """Sunspots have 309 years: true values for 24 steps, none for 192."""
    short, long = try_pairs(SMALL, contexts=[512], horizons=[24, 192], windows=2)
    assert (short.engine, short.model_reads) == ("exponential-smoothing", None)
    assert (short.windows, long.windows, long.mase) == (2, 0, None)
    assert short.mase is not None
    assert long.bytes > short.bytes > 500
    assert min(short.seconds, long.seconds) > 0
    assert "smoothing was asked for" in short.why


def test_origins_lie_in_the_last_part_and_know_their_future() -> None:
    """From 70 % on, the last one with exactly the horizon left."""
    assert [70, 80, 90] == origins_of(100, 10, 3)
    assert [] == origins_of(100, 31, 3)

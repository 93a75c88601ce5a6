"""Threads that ask at once."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_each_asker_has_a_wait_and_each_round_an_end() -> None:
    """Thirty-two waits, one end, which is the longest of them."""
    waits, rounds, gaps = measured_once("askers").duels
    assert (32, 1, 1) == (len(waits.ours), len(rounds.ours), len(gaps.ours))
    assert (20, 99) == (gaps.most, gaps.most_at)
    assert (max(waits.naive), max(waits.ours)) == (rounds.naive[0], rounds.ours[0])

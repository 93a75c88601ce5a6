"""What recording costs."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_it_is_a_share_of_a_core() -> None:
    """Against a log file with the same facts."""
    (duel,) = measured_once("recording").duels
    assert ("% of a core", 1) == (duel.unit, duel.most)

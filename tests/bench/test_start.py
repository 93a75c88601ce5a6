"""Processes from their start to their first forecast."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_time_and_memory_of_fresh_processes() -> None:
    """In seconds and megabytes of whole interpreters; and ``--help``."""
    seconds, memory, served, held, helped = measured_once("start").duels
    assert ("s", "MB", "s") == (seconds.unit, memory.unit, helped.unit)
    assert (1.5, 250) == (served.most, held.most)
    assert min(memory.ours + memory.naive) > 20

"""Exponential smoothing, statsmodels' and ours."""

from __future__ import annotations

from tests.bench.report_lab import measured_once


def test_time_company_and_accuracy_are_measured() -> None:
    """One fit, twenty at once, and a mean error for each series that is shipped."""
    one, crowd, *errors = measured_once("fallback").duels
    assert (20, 50) == (one.most, crowd.most)
    assert len(crowd.ours) == 2
    assert [error.name.rsplit(", ")[-1] for error in errors] == [
        "sensor",
        "co2",
        "elnino",
        "sunspots",
    ]
    assert all(error.holds for error in errors)

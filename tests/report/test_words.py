"""Figures as people read them."""

from __future__ import annotations

import pytest

from granite_ws.report import language
from granite_ws.report.language import translated
from granite_ws.report.words import figure, size


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0123, "s", "12.3 ms"),
        (1.5, "s", "1.50 s"),
        (1234.5, "s", "1,234.50 s"),
        (15_234, "bytes", "15.2 KB"),
        (7, "percent", "7 percent"),
    ],
)
def test_a_figure_has_a_fitting_unit(value: float, unit: str, expected: str) -> None:
    """Milliseconds below a second, seconds above; kilobytes of 1,000."""
    assert expected == figure(value, unit)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(999, "999 bytes"), (1_000, "1.0 KB"), (10_000_000, "10.0 MB"), (25_276_500_000, "25.3 GB")],
)
def test_a_size_has_a_fitting_unit(value: float, expected: str) -> None:
    """Bytes, KB, MB, GB."""
    assert expected == size(value)


def test_a_figure_can_be_said_in_another_language() -> None:
    """English as text; on a page with the decimal sign of its language."""
    with language.speaking("pt-BR"):
        assert "1,234.50 s" == figure(1234.5, "s")
        assert translated(figure(1234.5, "s")).startswith("1.234,50")

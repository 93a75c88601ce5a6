"""Pairs as a table and a picture."""

from __future__ import annotations

from granite_ws.report.pairs import Pair, pairs_picture, pairs_table
from tests.report.session_builder import EVIL

LOCAL = Pair(512, 96, "granite-demo", "demo", 512, 96, 0.01, 4000, 4, 0.8)
NONE = Pair(1024, 720, "exponential-smoothing", "ets", None, None, 0.2, 30000, 0, None, EVIL)


def test_a_pair_without_true_values_has_no_error() -> None:
    """A dash, not a zero; and why no model made it is escaped."""
    html = pairs_table([LOCAL, NONE]).html
    assert ("0.800" in html or "0.8<" in html, EVIL in html) == (True, False)
    assert "–" in html


def test_the_picture_has_three_panels_for_desks_and_phones() -> None:
    """Two drawings, each with time, size and error."""
    html = pairs_picture([LOCAL, NONE]).html
    assert html.count("<svg") == 2
    assert html.count("forecast, ms") == 2


def test_no_pair_is_an_empty_picture() -> None:
    """It says so and does not fail."""
    assert "none" in pairs_picture([]).html

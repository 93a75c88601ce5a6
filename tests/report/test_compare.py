"""A comparison as a page."""

from __future__ import annotations

from granite_ws.comparison import compare
from granite_ws.measured import Measured, measured
from granite_ws.report.compare import Side, render_comparison, shown, signed, summary, within
from tests.report.session_builder import EVIL, dropped, held


def test_two_sessions_stand_side_by_side() -> None:
    """Both verdicts and causes, both timelines in one picture, links, the command; no script."""
    (good, verdict), (bad, other) = held(), dropped()
    compared = compare([measured(good, verdict)], [measured(bad, other)])
    page = render_comparison(
        compared,
        Side("before", "a/page.html", verdict.timeline),
        Side("after", "", other.timeline),
        command="granite-ws compare a b",
    )
    assert verdict.summary in page
    assert '<span class="cause-name">unknown</span>' in page
    assert 2 == page.count("<svg")
    assert '<a href="a/page.html">before</a>' in page
    assert "granite-ws compare a b" in page
    assert "<script" not in page
    assert "None: both were asked for the same." in page


def test_words_from_outside_are_escaped() -> None:
    """Names, summaries, causes, settings."""
    evil = Measured(EVIL, {EVIL: EVIL}, EVIL, EVIL, (EVIL,))
    page = render_comparison(compare([evil], [Measured("b", {})]), Side(EVIL), Side("b"))
    assert EVIL not in page


def test_nothing_is_claimed_where_nothing_is_known() -> None:
    """Two empty sessions: no difference is shown, every number is a dash."""
    compared = compare([Measured("a", {})], [Measured("b", {})])
    assert "B against A, between these two sessions: no difference is shown." == summary(compared)
    assert 'class="banner open"' in render_comparison(compared, Side("a"), Side("b"))


def test_sweeps_list_the_cells_without_an_equal() -> None:
    """Under headings of their own, with their parameters; better and worse in one sentence."""
    a = [Measured("a", {"pt": n}, metrics={"stall_p99_ms": 9.0 + n}) for n in range(12)]
    b = [Measured("b", {"pt": n + 1}, metrics={"stall_p99_ms": 99.0 + n}) for n in range(12)]
    compared = compare(a, b)
    page = render_comparison(compared, Side("a"), Side("b"))
    assert "B against A: worse in stall_p99_ms." == summary(compared)
    assert ("Only in A (1)" in page, "<li>pt=0</li>" in page) == (True, True)
    assert "Only in B (1)" in page
    assert 'class="banner dropped"' in page


def test_numbers_are_short() -> None:
    """Four digits, a sign where it is a change, a dash where there is none."""
    assert ("1,235", "12,346", "–") == (shown(1234.56), shown(12345.6), shown(None))
    assert ("+1", "-1", "0", "–") == (signed(1), signed(-1), signed(0), signed(None))
    assert ("1 … 2", "") == (within((1, 2)), within(None))

"""A verdict in a notebook's cell."""

from __future__ import annotations

from tests.report.session_builder import EVIL, dropped, held


def test_a_verdict_that_held_is_one_sentence() -> None:
    """No cause, no table."""
    html = held()[1]._repr_html_()
    assert html.startswith("<p><b>The connection held")
    assert "<table>" not in html


def test_foreign_words_are_escaped() -> None:
    """What a log or a client said is text, never markup."""
    html = dropped(EVIL)[1]._repr_html_()
    assert EVIL not in html
    assert "&lt;script&gt;" in html

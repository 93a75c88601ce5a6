"""Any rows as a table."""

from __future__ import annotations

from granite_ws.phrase import say
from granite_ws.report.language import speaking
from granite_ws.report.table import table


def test_rows_become_a_table_with_their_keys_as_heads() -> None:
    """Numbers to three places, flags in words, nothing as a dash."""
    made = table([{"what": "a", "seconds": 0.12345, "failed": True, "void": None}])
    assert made.words == "what a, seconds 0.123, failed yes, void –"
    assert made.html.count('<th scope="col">') == 4


def test_foreign_words_are_escaped() -> None:
    """A cell is text."""
    assert "<script>" not in table([{"what": "<script>"}]).html


def test_no_rows_are_an_empty_table() -> None:
    """Nothing to show is no error."""
    assert "<tbody></tbody>" in table([]).html


def test_heads_and_values_that_are_phrases_are_said() -> None:
    """In the page's language; a cell's other words are somebody's, and marked so."""
    with speaking("pt-BR"):
        html = table([{say("client"): "client", "phase": say("yes")}]).html
    assert "cliente" in html
    assert '<span translate="no">client</span>' in html
    assert ">sim<" in html

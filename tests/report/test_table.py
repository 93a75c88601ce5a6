"""Any rows as a table."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from granite_ws.report.table import NOTEBOOK_HEADS, table


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


def test_the_heads_of_the_notebooks_tables_can_be_translated() -> None:
    """A notebook's code is not collected, so its heads stand in the module."""
    folder = Path(__file__).parents[2] / "notebooks"
    cells = [c for path in sorted(folder.glob("0[1-5]*")) for c in nbformat.read(path, 4).cells]
    calls = "".join(cell.source for cell in cells if "table([{" in cell.source)
    assert set(NOTEBOOK_HEADS) == set(re.findall(r'"([^"]+)": \w+\.', calls))

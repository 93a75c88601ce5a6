"""Small notebooks and cells for tests of what runs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from granite_ws.edges.cell_run import CellTask
from granite_ws.matrix.cell import Cell


def notebook(*sources: str) -> str:
    """A notebook's text: a parameters cell ``seed = 0``, then these code cells."""
    book = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("seed = 0", metadata={"tags": ["parameters"]})
    book.cells = [parameters, *map(nbformat.v4.new_code_cell, sources)]
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return nbformat.writes(book)


def task(
    shelf: Path | str,
    *sources: str,
    number: int = 1,
    parameters: Mapping[str, Any] | None = None,
    **limits: float,
) -> CellTask:
    """A task whose cell has the parameter ``seed`` and a key made of its number."""
    given = {"seed": number} if parameters is None else dict(parameters)
    cell = Cell(number, given, tuple(given), 1, f"{number:012x}")
    return CellTask(cell, notebook(*sources), str(shelf), **limits)

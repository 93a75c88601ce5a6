"""papermill's engine with fewer writes: real notebooks in real kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from granite_ws.edges import sparing_engine

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For each time that the notebook is written, how many of its cells have outputs by then."""
    seen: list[int] = []
    write = papermill.engines.write_ipynb

    def counted(book: Any, path: str) -> None:
        seen.append(sum(bool(cell.get("outputs")) for cell in book.cells))
        write(book, path)

    monkeypatch.setattr("papermill.engines.write_ipynb", counted)
    return seen


def run(folder: Path, *sources: str) -> tuple[Path, Exception | None]:
    book, out = folder / "in.ipynb", folder / "out.ipynb"
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), book)
    try:
        papermill.execute_notebook(
            str(book), str(out), progress_bar=False, engine_name=sparing_engine.NAME
        )
    except papermill.PapermillExecutionError as error:
        return out, error
    return out, None


def outputs(book: Path) -> list[str]:
    cells = nbformat.read(book, as_version=4).cells
    return [
        it.text for cell in cells for it in cell.get("outputs", []) if it.output_type == "stream"
    ]


def test_many_quick_cells_are_written_seldom_and_whole(tmp_path: Path, writes: list[int]) -> None:
    """Thirty cells would be sixty writes; the last one has all of their outputs."""
    out, error = run(tmp_path, *(f"print({number})" for number in range(30)))
    assert error is None
    assert [f"{number}\n" for number in range(30)] == outputs(out)
    assert (0, 30) == (writes[0], writes[-1])
    assert len(writes) < 30


def test_after_a_slow_cell_it_is_written(tmp_path: Path, writes: list[int]) -> None:
    """What took more than a second is kept before the next cell begins."""
    run(tmp_path, "import time; time.sleep(1.1); print('slow')", "print('quick')")
    assert 1 in writes


def test_a_cell_that_fails_loses_no_output(tmp_path: Path, writes: list[int]) -> None:
    """The outputs before it, and its error, are in the file."""
    out, error = run(tmp_path, "print('before')", "1 / 0", "print('never')")
    assert isinstance(error, papermill.PapermillExecutionError)
    assert "before\n" in outputs(out)
    assert "ZeroDivisionError" in out.read_text()
    assert "never\n" not in outputs(out)
    assert writes

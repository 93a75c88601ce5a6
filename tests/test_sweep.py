"""Sweeps: run, resumed by content, run again when asked, kept whatever ends them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from granite_ws.edges import forking
from granite_ws.edges.shelf import Shelf
from granite_ws.errors import SessionError, SettingsError
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.sweep import How, Plan, Result, plan_sweep, read_records, run_sweep
from tests.edges.notebooks import notebook


@pytest.fixture(autouse=True)
def _fresh_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warming up pays for real sessions, not for cells that print a number."""
    monkeypatch.setenv(forking.VARIABLE, "fresh")


def write_sweep(folder: Path, *sources: str, text: str = "") -> Path:
    """A sweep over three seeds of a small notebook."""
    (folder / "book.ipynb").write_text(notebook(*sources))
    file = folder / "three.yaml"
    file.write_text(f"title: Three\nnotebook: book.ipynb\nmatrix: {{seed: [1, 2, 3]}}\n{text}")
    return file


def run(plan: Plan, out: Path, **how: object) -> tuple[Result, list[CellRecord]]:
    """The result, and the cells that were really run."""
    ran: list[CellRecord] = []
    result = run_sweep(plan, Shelf(str(out)), How(**how), tell=ran.append)  # type: ignore[arg-type]
    return result, sorted(ran, key=lambda record: record.number)


def test_what_is_done_is_not_run_again(tmp_path: Path) -> None:
    """The second run has nothing to do; all there is, is on the page and in the folder."""
    plan = plan_sweep(write_sweep(tmp_path, "print(seed)"))
    first, ran = run(plan, tmp_path / "out")
    again, nothing = run(plan, tmp_path / "out")
    assert ([1, 2, 3], []) == ([record.number for record in ran], nothing)
    assert (0, 0) == (first.exit_code, again.exit_code)
    assert first.records == again.records == read_records(tmp_path / "out")
    page = (tmp_path / "out/index.html").read_text()
    assert all(record.key in page for record in first.records)


def test_a_died_kernel_is_run_again_and_nothing_else(tmp_path: Path) -> None:
    """Two of three kernels are killed; the sweep says 138; the same command completes it."""
    mark = tmp_path / "healed"
    source = (
        "import os, pathlib\n"
        f"if seed != 2 and not pathlib.Path({str(mark)!r}).exists():\n"
        "    os.kill(os.getpid(), 9)"
    )
    plan = plan_sweep(write_sweep(tmp_path, source))
    broken, _ = run(plan, tmp_path / "out")
    assert [Status.DIED, Status.DONE, Status.DIED] == [r.status for r in broken.records]
    assert broken.exit_code == 138
    mark.touch()
    healed, ran = run(plan, tmp_path / "out")
    assert [1, 3] == [record.number for record in ran]
    assert [Status.DONE] * 3 == [record.status for record in healed.records]
    assert healed.exit_code == 0


def test_a_change_of_the_notebook_or_a_value_is_new_content(tmp_path: Path) -> None:
    """Resume goes by content: a changed cell of code runs all, one more value runs one."""
    file = write_sweep(tmp_path, "print(seed)")
    run(plan_sweep(file), tmp_path / "out")
    file.write_text(file.read_text().replace("[1, 2, 3]", "[1, 2, 3, 4]"))
    _, ran = run(plan_sweep(file), tmp_path / "out")
    assert [4] == [record.parameters["seed"] for record in ran]
    (tmp_path / "book.ipynb").write_text(notebook("print(seed + 1)"))
    result, ran = run(plan_sweep(file), tmp_path / "out")
    assert (4, 4) == (len(ran), len(result.records))


def test_outputs_and_ids_of_the_notebook_are_no_content(tmp_path: Path) -> None:
    """Opening and saving a notebook in JupyterLab does not run everything again."""
    file = write_sweep(tmp_path, "print(seed)")
    before = plan_sweep(file).cells
    book = nbformat.read(tmp_path / "book.ipynb", as_version=4)
    book.cells[1].id = "another"
    book.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    nbformat.write(book, tmp_path / "book.ipynb")
    assert before == plan_sweep(file).cells


def test_all_is_run_again_when_asked(tmp_path: Path) -> None:
    """--rerun all replaces every record."""
    plan = plan_sweep(write_sweep(tmp_path, "print(seed)"))
    first, _ = run(plan, tmp_path / "out")
    again, ran = run(plan, tmp_path / "out", rerun="all")
    assert 3 == len(ran) == len(again.records)
    assert {r.began_utc for r in first.records}.isdisjoint(r.began_utc for r in again.records)


def test_a_results_folder_can_be_gone_on_with_from_inside(tmp_path: Path) -> None:
    """It holds the file and the notebook; its page names the command, with what was given."""
    plan = plan_sweep(write_sweep(tmp_path, "print(seed)"), {"seed": 7})
    assert plan.command == "granite-ws sweep sweep.yaml --out . -p seed 7"
    first, _ = run(plan, tmp_path / "out")
    assert plan.command in (tmp_path / "out/index.html").read_text()
    (tmp_path / "book.ipynb").unlink()
    again, nothing = run(plan_sweep(tmp_path / "out/sweep.yaml", {"seed": 7}), tmp_path / "out")
    assert (first.records, []) == (again.records, nothing)


def test_a_sweep_is_run_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its notebook lies in the project that the file belongs to, not where we happen to be."""
    monkeypatch.chdir(tmp_path)
    plan = plan_sweep(Path(__file__).parents[1] / "sweeps/smoke.yaml")
    assert "run_session" in plan.notebook


def test_a_notebook_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """It names the file."""
    file = tmp_path / "s.yaml"
    file.write_text("notebook: nowhere.ipynb\nmatrix: {seed: [1]}\n")
    with pytest.raises(SessionError, match=r"nowhere\.ipynb"):
        plan_sweep(file)


def test_a_value_that_is_not_allowed_is_named_with_its_line(tmp_path: Path) -> None:
    """Before anything runs."""
    file = write_sweep(tmp_path, "pass", text="parameters: {ping_timeout: never}\n")
    with pytest.raises(SettingsError, match=r"three\.yaml.*line 4.*ping_timeout = 'never'"):
        plan_sweep(file)

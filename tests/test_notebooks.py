"""Every notebook: thin, without outputs, its parameters settings; and it runs by papermill."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from granite_ws.capacity.plan import RULES as PLAN_RULES
from granite_ws.edges.notebook import read_parameters
from granite_ws.settings import RULES
from tests.test_notebook import alternatives_sweep, stalls_sweep

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUICK = {
    "00-start-here.ipynb": ("duration_s 2", "engine smoothing", "hub_timeout_s 0"),
    "01-reproduce.ipynb": (
        "duration_s 3",
        "ping_interval 1",
        "data sunspots",
        "point_interval_s 0.2",
    ),
    "02-measure-the-heartbeat.ipynb": ("client_kinds python",),
    "03-inject-and-diagnose.ipynb": (),
    "04-isolate.ipynb": (
        "duration_s 2",
        "ping_interval 1",
        "engine smoothing",
        "point_interval_s 0.2",
    ),
    "05-prove.ipynb": (),
    "06-horizon-and-context.ipynb": ("duration_s 2", "engine smoothing", "hub_timeout_s 0"),
    "07-sweep-summary.ipynb": (),
    "08-demo-weights.ipynb": (),
    "10-capacity.ipynb": ("audience 500", "servers 2"),
    "09-alternatives.ipynb": (),
}
# Fewer pairs: what they cost is test_pairs' to say, here a picture of two is drawn.
FEWER = {
    "06-horizon-and-context.ipynb": (
        "(512, 1024), (24, 96, 336), 3",
        "(512,), (24, 336), 1",
    ),
}
BY_NAME = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def code_cells(path: Path) -> list[str]:
    book = nbformat.read(str(path), as_version=4)
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    """The list is not empty, and each has its quick parameters."""
    assert {path.name for path in NOTEBOOKS} == set(QUICK)


@BY_NAME
def test_no_outputs_are_kept(path: Path) -> None:
    """Nothing that was run is committed."""
    book = nbformat.read(str(path), as_version=4)
    nbformat.validate(book)
    kept = [cell for cell in book.cells if cell.get("outputs") or cell.get("execution_count")]
    assert kept == []


@BY_NAME
def test_it_is_thin(path: Path) -> None:
    """At most 15 code cells, 12 lines each, 60 in all; no def, class, try or while."""
    cells = code_cells(path)
    lengths = [len(source.splitlines()) for source in cells]
    assert (len(cells) <= 15, max(lengths) <= 12, sum(lengths) <= 60) == (True, True, True)
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Try, ast.While)
    found = [n for source in cells for n in ast.walk(ast.parse(source)) if isinstance(n, kinds)]
    assert found == []


@BY_NAME
def test_its_headings_are_questions(path: Path) -> None:
    """A notebook asks; modules answer."""
    book = nbformat.read(str(path), as_version=4)
    texts = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    headings = [line for text in texts for line in text.splitlines() if line.startswith("#")]
    assert headings
    assert [line for line in headings if not line.rstrip().endswith("?")] == []


@BY_NAME
def test_its_parameters_are_settings(path: Path) -> None:
    """Every name of the parameters cell is a field of Settings, or of a capacity plan
    (papermill would only warn).
    """
    assert set(read_parameters(path)) <= set(RULES) | set(PLAN_RULES)


def with_fewer_pairs(path: Path, folder: Path) -> Path:
    """The notebook in a project folder of its own, where nothing of the checkout is written."""
    for name in ("notebooks", "sweeps"):
        (folder / name).mkdir()
    text, (many, few) = path.read_text(), FEWER.get(path.name, ("", ""))
    assert many in text
    copy = folder / "notebooks" / path.name
    copy.write_text(text.replace(many, few) if many else text)
    return copy


@BY_NAME
def test_it_runs_and_becomes_an_offline_page(path: Path, tmp_path: Path) -> None:
    """Papermill executes it; the page is under 2 MB and asks nothing from outside."""
    book = with_fewer_pairs(path, tmp_path)
    # The summary reads a sweep that is there; cli/test_sweep runs the smoke sweep.
    stalls_sweep(tmp_path / "reports/sweeps/smoke")
    alternatives_sweep(tmp_path / "reports/sweeps/alternatives")
    page = tmp_path / "page.html"
    parameters = [word for pair in QUICK[path.name] for word in ("-p", *pair.split())]
    if path.name.startswith("01"):
        parameters += ["-p", "hub_timeout_s", "0"]
    ended = subprocess.run(
        [sys.executable, "-m", "granite_ws", "report", str(book), *parameters, "--out", str(page)],
        capture_output=True,
        text=True,
        timeout=170,
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    html = page.read_text()
    assert len(html.encode()) < 2_000_000
    assert re.findall(r"<script|<link|@import|url\((?!#)|(?:src|href)=\"(?!data:|#)", html) == []
    assert "<h1" in html


def test_plain_papermill_works_as_well(tmp_path: Path) -> None:
    """``papermill notebooks/01-... out.ipynb -p ping_timeout 20`` without our command."""
    out = tmp_path / "out.ipynb"
    notebook = ROOT / "notebooks/01-reproduce.ipynb"
    subprocess.run(
        [
            sys.executable, "-m", "papermill", str(notebook), str(out),
            "-p", "ping_timeout", "20", "-p", "duration_s", "2", "-p", "engine", "smoothing",
        ],
        check=True,
        capture_output=True,
        timeout=170,
        cwd=tmp_path,
    )  # fmt: skip
    assert "The connection held" in out.read_text()


def test_a_failing_cell_is_one_error_and_keeps_its_outputs(tmp_path: Path) -> None:
    """A notebook that raises gives exit code 4, the cell's error, and the executed notebook."""
    book = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("seed = 0", metadata={"tags": ["parameters"]})
    book.cells = [parameters, nbformat.v4.new_code_cell("print('so far'); 1 / 0")]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, str(tmp_path / "fails.ipynb"))
    page = tmp_path / "out/page.html"
    ended = subprocess.run(
        [sys.executable, "-m", "granite_ws", "report", str(tmp_path / "fails.ipynb"),
         "--out", str(page)],
        capture_output=True, text=True, timeout=170,
    )  # fmt: skip
    assert ended.returncode == 4
    assert "ZeroDivisionError: division by zero" in ended.stderr.splitlines()[-1]
    assert "so far" in page.with_suffix(".ipynb").read_text()
    assert not page.exists()


def test_a_plan_that_is_not_allowed_is_refused_before_the_notebook_runs(tmp_path: Path) -> None:
    """``-p audience 0``: one line, exit code 2, no page."""
    page = tmp_path / "page.html"
    ended = subprocess.run(
        [sys.executable, "-m", "granite_ws", "report", str(ROOT / "notebooks/10-capacity.ipynb"),
         "-p", "audience", "0", "--out", str(page)],
        capture_output=True, text=True, timeout=170,
    )  # fmt: skip
    assert (ended.returncode, page.exists()) == (2, False)
    assert "audience = 0: must be a whole number from 1" in ended.stderr

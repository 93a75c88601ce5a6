"""Runs a parameterised notebook with papermill and renders what it shows as one HTML page."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from granite_ws.edges.store import write_text
from granite_ws.errors import OutputError, SessionError, SessionFailed
from granite_ws.report.environment import speaking_environment, style
from granite_ws.report.language import _
from granite_ws.report.section import style_of_a_cell

TEMPLATES = Path(__file__).parents[1] / "report/templates"
_NEIGHBOUR = re.compile(r"\[([^\]]+)\]\([\w.-]+\.ipynb\)")


def read_parameters(notebook: Path) -> dict[str, Any]:
    """The literals of the cell tagged ``parameters``, none without one. Raises SessionError."""
    book = _read(notebook)
    cells = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) > 1:
        raise SessionError(
            "notebook",
            str(notebook),
            allowed=f"one cell tagged parameters at most; it has {len(cells)}",
            where="notebook",
        )
    if not cells:
        return {}
    try:
        return {
            statement.targets[0].id: ast.literal_eval(statement.value)
            for statement in ast.parse(cells[0].source).body
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }
    except (SyntaxError, ValueError) as error:
        raise SessionError(
            "notebook",
            str(notebook),
            allowed=f"a parameters cell of names and literals ({error})",
            where="notebook",
        ) from error


def execute(notebook: Path, executed: Path, parameters: Mapping[str, Any]) -> str:
    """Runs the notebook; ``executed`` keeps its outputs, also when a cell fails.

    Returns the plain words of the cell tagged ``verdict``. Raises SessionFailed with the failing
    cell's own error.
    """
    import papermill

    try:
        book = papermill.execute_notebook(
            str(notebook),
            str(executed),
            dict(parameters),
            # A kernel tells of its own end as of an error; what a cell says is kept all the same.
            extra_arguments=["--IPKernelApp.log_level=50"],
        )
    except papermill.PapermillExecutionError as error:
        raise SessionFailed(
            f"{notebook.name}, cell {error.exec_count}: {error.ename}: {error.evalue} "
            f"(outputs so far: {executed})"
        ) from error
    return _words(book)


def render(executed: Path, page: Path) -> None:
    """Writes an executed notebook as a page: code folded away, no script, nothing from outside.

    Its text speaks the language spoken now, as far as the catalogue holds it; what its cells
    wrote was said by the kernel.
    """
    from nbconvert import HTMLExporter, TemplateExporter

    exporter = HTMLExporter(
        template_name="notebook", extra_template_basedirs=[str(TEMPLATES)], embed_images=True
    )
    exporter.exclude_anchor_links = True
    speaking_environment(exporter.environment)
    book = _read(executed)
    _say_text(book)
    resources = {
        "page": {
            "style": style(),
            "style_of_a_cell": style_of_a_cell(),
            "title": _heading(book) or page.stem,
        }
    }
    # Not HTMLExporter's own, which parses the whole page again to give pictures a text for those
    # who do not see them: ours have one.
    body, _resources = TemplateExporter.from_notebook_node(exporter, book, resources=resources)
    write_text(page, body)


def _say_text(book: Any) -> None:
    """Text cells in the language spoken now, other notebooks named and not linked: a page is one
    file, and goes without them. Each other cell learns under which heading it is.
    """
    heading = ""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = _NEIGHBOUR.sub(r"`\1`", _(cell.source))
            lines = [line for line in cell.source.splitlines() if line.startswith("#")]
            heading = lines[-1].lstrip("# ") if lines else heading
        else:
            cell.metadata["heading"] = heading


def check_writable(folder: Path) -> None:
    """Raises OutputError now rather than after a minute's run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".granite_ws_write_check"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError.refused("out", folder, error, where="report") from error


def _read(path: Path) -> Any:
    # A second: its validator knows every syntax of the internet.
    import nbformat

    try:
        return nbformat.read(str(path), as_version=4)
    except OSError as error:
        raise SessionError(
            "notebook", str(path), allowed=f"a notebook file ({error.strerror})", where="notebook"
        ) from error
    except Exception as error:
        # nbformat raises several types for what is not a notebook; all mean this.
        raise SessionError(
            "notebook", str(path), allowed=f"a notebook ({type(error).__name__})", where="notebook"
        ) from error


def _heading(book: Any) -> str:
    for cell in book.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0][2:])
    return ""


def _words(book: Any) -> str:
    for cell in book.cells:
        if "verdict" in cell.metadata.get("tags", []):
            for output in cell.outputs:
                words = output.get("data", {}).get("text/plain")
                if words:
                    return str(words)
    return ""

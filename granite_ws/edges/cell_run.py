"""Runs one cell: its notebook by papermill in a kernel of its own, its page, its record."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from granite_ws.edges.clock import Clock
from granite_ws.edges.kernel import Kernel
from granite_ws.edges.kernel_watch import KernelWatch
from granite_ws.edges.notebook import render
from granite_ws.edges.session_processes import SESSIONS_VARIABLE, end_session_processes
from granite_ws.edges.shelf import Shelf
from granite_ws.edges.store import write_text
from granite_ws.matrix.cell import Cell
from granite_ws.matrix.record import SESSION_MIME, CellRecord, Status
from granite_ws.report import language

NOTEBOOK, PAGE, SESSIONS, KERNEL_LOG = "notebook.ipynb", "page.html", "sessions", "kernel.log"
_START_S = 60
_FOREVER_S = 365 * 86_400.0


@dataclass(frozen=True)
class CellTask:
    """All that a worker, here or elsewhere, needs to run a cell.

    notebook:   the notebook's text.
    shelf:      where results are kept (``Shelf``'s URL).
    cell_s, notebook_s: seconds that one notebook cell and the whole notebook may take, 0 for any.
    memory_mb:  what kernel and session may use together, 0 for any.
    """

    cell: Cell
    notebook: str
    shelf: str
    language: str = language.ENGLISH
    cell_s: float = 0
    notebook_s: float = 0
    memory_mb: float = 0


def run_cell(
    task: CellTask,
    *,
    cpus: Collection[int] | None = None,
    where: str = "",
    is_stopped: Callable[[], bool] = lambda: False,
) -> CellRecord:
    """Runs it to whatever end, keeps everything, and returns its record.

    A cell that raises, a kernel that dies, time and memory that run out are records, not errors.
    Raises OutputError where the results cannot be kept.
    """
    shelf, clock = Shelf(task.shelf), Clock()
    began_utc, begun_ns = clock.utc(), clock.now_ns()
    with shelf.attempt(task.cell.key) as folder:
        status, why = _execute(task, folder, cpus, is_stopped, clock)
        end_session_processes(folder / SESSIONS)
        found = _told_session(folder / NOTEBOOK)
        files = _files(task, folder, found)
        record = CellRecord(
            key=task.cell.key,
            number=task.cell.number,
            parameters=dict(task.cell.parameters),
            varied=task.cell.varied,
            repeat=task.cell.repeat,
            status=status,
            why=why,
            outcome=str(found.get("outcome", "")),
            summary=str(found.get("summary", "")),
            causes=tuple(found.get("causes", ())),
            exit_code=found.get("exit_code"),
            metrics=_finite(found.get("metrics", {})),
            began_utc=began_utc,
            waited=_share(found.get("metrics", {}).get("core_wait_percent")),
            wall_s=round((clock.now_ns() - begun_ns) / 1e9, 3),
            session_s=_watched_s(found),
            where=where,
            files=files,
        )
        shelf.keep(record, folder)
    return record


def _execute(
    task: CellTask,
    folder: Path,
    cpus: Collection[int] | None,
    is_stopped: Callable[[], bool],
    clock: Clock,
) -> tuple[Status, str]:
    kernel = Kernel(
        environment={
            SESSIONS_VARIABLE: str(folder / SESSIONS),
            language.VARIABLE: task.language,
        },
        cpus=cpus,
        log=folder / KERNEL_LOG,
    )
    watch = KernelWatch(
        kernel,
        folder=folder / SESSIONS,
        seconds=task.notebook_s or _FOREVER_S,
        memory_mb=task.memory_mb,
        is_stopped=is_stopped,
        clock=clock,
    )
    write_text(folder / NOTEBOOK, task.notebook)
    with kernel:
        watch.start()
        try:
            _execute_in(kernel, task, folder / NOTEBOOK)
        except Exception as error:
            # Whatever it is, it is this cell's end and not the sweep's.
            return _end_of(error, kernel, watch, task)
        finally:
            watch.stop()
    return Status.DONE, ""


def _execute_in(kernel: Kernel, task: CellTask, book: Path) -> None:
    import papermill

    from granite_ws.edges import sparing_engine

    # It warns of each name that a notebook's own cell lacks, and tells of what the record tells.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    # papermill fills braces in, also those of a folder's name.
    path = str(book).replace("{", "{{").replace("}", "}}")
    papermill.execute_notebook(
        path,
        path,
        dict(task.cell.parameters),
        engine_name=sparing_engine.NAME,
        progress_bar=False,
        start_timeout=_START_S,
        execution_timeout=math.ceil(task.cell_s) or None,
        # A session that is interrupted ends its processes; a killed one could not.
        interrupt_on_timeout=True,
        shutdown_kernel="immediate",
        kernel_manager_class=kernel.manager_class(),
        extra_arguments=["--IPKernelApp.log_level=50"],
    )


def _end_of(
    error: Exception, kernel: Kernel, watch: KernelWatch, task: CellTask
) -> tuple[Status, str]:
    """What an error of the run says about the cell: stopped, out of time, dead, or failed."""
    from nbclient.exceptions import DeadKernelError
    from papermill import PapermillExecutionError

    words = " ".join(f"{type(error).__name__}: {error}".split())
    if watch.status is not None:
        return watch.status, watch.why
    if isinstance(error, PapermillExecutionError):
        words = " ".join(f"{error.ename}: {error.evalue}".split())
        if error.ename == "KeyboardInterrupt" and task.cell_s:
            limit = f"limits.cell_s = {task.cell_s:g} s"
            return Status.TIMED_OUT, f"notebook cell {error.exec_count} took longer than {limit}"
        return Status.FAILED, f"notebook cell {error.exec_count}: {words}"
    # A kernel that was dead before its first word is a RuntimeError.
    gone = isinstance(error, RuntimeError) and kernel.exit_code is not None
    if gone or isinstance(error, DeadKernelError):
        return watch.cause_of_death()
    return Status.FAILED, words


def _told_session(book: Path) -> Mapping[str, Any]:
    """What the notebook said of its session, as far as it came."""
    import nbformat

    try:
        cells = nbformat.read(str(book), as_version=4).cells
    except Exception:
        # Killed while it was written: there is nothing to read, and that is in the record.
        return {}
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    told = [output.get("data", {}).get(SESSION_MIME) for output in outputs]
    found = [one for one in told if isinstance(one, Mapping)]
    return found[-1] if found else {}


def _watched_s(found: Mapping[str, Any]) -> float:
    """What the session was asked to watch, less where it ended early."""
    asked = found.get("settings", {}).get("duration_s", 0.0)
    return float(min(asked, found.get("duration_s") or asked))


def _finite(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """What is no number that JSON has was not measured."""
    return {
        name: value if isinstance(value, int | float) and math.isfinite(value) else None
        for name, value in metrics.items()
    }


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _files(task: CellTask, folder: Path, found: Mapping[str, Any]) -> dict[str, str]:
    """What is kept, by role; the page is made here, also of what a failed notebook left."""
    files = {"notebook": NOTEBOOK}
    try:
        with language.speaking(task.language):
            render(folder / NOTEBOOK, folder / PAGE)
        files["page"] = PAGE
    except Exception as error:
        # A page that cannot be drawn must not take the session with it.
        logging.getLogger(__name__).warning("no page for %s: %s", task.cell.key, error)
    session = Path(str(found.get("session", "")))
    if session.is_relative_to(folder) and session != folder:
        files["session"] = str(session.relative_to(folder))
    return files

"""A sweep: one notebook under many settings, side by side, kept as it goes, judged, shown."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from granite_ws.edges import host
from granite_ws.edges.cell_run import CellTask
from granite_ws.edges.lanes import Lanes, LostCell
from granite_ws.edges.notebook import read_parameters
from granite_ws.edges.shelf import Shelf
from granite_ws.errors import SessionError
from granite_ws.matrix.cell import Cell
from granite_ws.matrix.plan import Sweep, check_parameters, expand, override
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.results import exit_code, select
from granite_ws.matrix.sweepfile import read_sweep
from granite_ws.matrix.thresholds import Judged, judge
from granite_ws.report import language as languages
from granite_ws.report.sweep_page import sweep_page
from granite_ws.run import home
from granite_ws.serve import load_for
from granite_ws.settings import RULES, Settings

INDEX, FILE = "index.html", "sweep.yaml"
# How a notebook takes every setting, not only those of its parameters cell.
_READS_ALL = "settings_from(globals())"


@dataclass(frozen=True)
class Plan:
    """What is to be run: the sweep with its cells, the notebook's and the sweep file's own text.

    defaults: the notebook's own parameters.
    given:    the parameters that took the place of the file's.
    name:     the file's, without its ending; results go to ``reports/sweeps/NAME`` by default.
    """

    name: str
    sweep: Sweep
    cells: tuple[Cell, ...]
    notebook: str
    source: str
    defaults: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def command(self) -> str:
        """What goes on, or runs again, from inside of the results folder."""
        words = ["granite-ws", "sweep", FILE, "--out", "."]
        for name, value in self.given.items():
            words += ["-p", name, json.dumps(value)]
        return shlex.join(words)


@dataclass(frozen=True)
class Result:
    """What came of it: a record for each cell that is over, the thresholds, the exit code."""

    plan: Plan
    records: tuple[CellRecord, ...]
    judged: tuple[Judged, ...]

    @property
    def exit_code(self) -> int:
        """As ``docs/sweeps.md`` has them."""
        return exit_code(self.records, self.judged, planned=len(self.plan.cells))


@dataclass(frozen=True)
class How:
    """How it is run, which changes nothing of what is measured.

    rerun:       which cells that are over are run again: '', failed, drops, all.
    language:    of the pages.
    scheduler:   of a Dask cluster that is already there, '' for this machine.
    at_once:     how many cells side by side, 0 for as many as the file or the cores say.
    share_cores: they may share cores.
    """

    rerun: str = ""
    language: str = languages.ENGLISH
    scheduler: str = ""
    at_once: int = 0
    share_cores: bool = False


def plan_sweep(file: Path, given: Mapping[str, Any] | None = None) -> Plan:
    """The plan that a sweep file makes, with ``given`` parameters in place of the file's.

    Raises SettingsError that names line, key, value and choices; SessionError for a file or a
    notebook that cannot be read, SeriesError for a series.
    """
    source = _read(file, "sweep")
    sweep = override(read_sweep(source, where=file.name), given or {})
    path = notebook_of(sweep, file)
    notebook = _read(path, "notebook")
    defaults = read_parameters(path)
    check_parameters(
        sweep,
        defaults,
        reads_all=_READS_ALL in notebook,
        notebook=path.name,
    )
    digests: dict[tuple[Any, ...], str] = {}

    def data_digest(parameters: Mapping[str, Any]) -> str:
        given = {**defaults, **parameters}
        settings = Settings(**{k: v for k, v in given.items() if k in RULES})
        series = (settings.data, settings.timestamp_column, settings.value_column, settings.seed)
        if series not in digests:
            digests[series] = host.digest(load_for(settings).values)
        return digests[series]

    cells = expand(
        sweep,
        notebook=_content_of(notebook),
        version=host.own_version(),
        data_digest=data_digest,
    )
    return Plan(file.stem, sweep, cells, notebook, source, defaults, given or {})


def notebook_of(sweep: Sweep, file: Path) -> Path:
    """The sweep's notebook: beside its file or above, as in a project whose sweeps have a folder
    of their own; else in the folder of the project that we are in.
    """
    path = Path(sweep.notebook)
    for folder in file.resolve().parents:
        if (folder / path).is_file():
            return folder / path
    return home() / path


def run_sweep(
    plan: Plan,
    shelf: Shelf,
    how: How,
    *,
    tell: Callable[[CellRecord], None] = lambda _: None,
    begin: Callable[[Sequence[Cell], int], None] = lambda *_: None,
) -> Result:
    """Runs the cells that are not over yet, keeps each as it ends, and writes the sweep's page.

    begin: called once with the cells that will be run, and the number of lanes.
    tell:  called with each record as it is kept.

    On Ctrl-C the cells that run are ended and kept, the page is written, and KeyboardInterrupt
    goes on its way. Raises OutputError for a place that cannot be written, SettingsError for lanes
    that cannot be had.
    """
    lanes = Lanes(
        scheduler=how.scheduler,
        at_once=how.at_once or plan.sweep.at_once,
        share_cores=how.share_cores or plan.sweep.share_cores,
        cells=len(plan.cells),
    )
    shelf.check()
    with shelf.owned():
        shelf.clear()
        shelf.write(FILE, plan.source)
        if _lies_within(plan.sweep.notebook):
            shelf.write(plan.sweep.notebook, plan.notebook)
        cells = select(plan.cells, known(plan, shelf), rerun=how.rerun)
        try:
            if cells:
                with lanes, closing(_run(plan, shelf, how, cells, lanes)) as records:
                    begin(cells, lanes.count)
                    for record in records:
                        tell(record)
        finally:
            result = judged(plan, shelf)
            shelf.write(INDEX, _page(result, how.language))
    return result


def _lies_within(name: str) -> bool:
    """Whether a notebook's path stays inside of the folder that it is relative to."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def _page(result: Result, language: str) -> str:
    plan = result.plan
    with languages.speaking(language):
        return sweep_page(
            plan.sweep,
            result.records,
            result.judged,
            command=plan.command,
            source=plan.source,
            versions=host.versions(),
            defaults=plan.defaults,
        )


def judged(plan: Plan, shelf: Shelf) -> Result:
    """What is there of this plan, judged by its thresholds."""
    records = known(plan, shelf)
    return Result(
        plan,
        records,
        judge(plan.sweep.thresholds, records, missing=len(plan.cells) - len(records)),
    )


def known(plan: Plan, shelf: Shelf) -> tuple[CellRecord, ...]:
    """The records of this plan's cells, with the places that they have in it."""
    places = {cell.key: cell for cell in plan.cells}
    found = [
        replace(record, number=places[record.key].number, varied=places[record.key].varied)
        for record in shelf.records()
        if record.key in places
    ]
    return tuple(sorted(found, key=lambda record: record.number))


def read_records(folder: Path | str) -> tuple[CellRecord, ...]:
    """Every record under a sweep's results folder or URL. Raises OutputError."""
    return Shelf(str(folder)).records()


def _run(
    plan: Plan,
    shelf: Shelf,
    how: How,
    cells: Sequence[Cell],
    lanes: Lanes,
) -> Generator[CellRecord, None, None]:
    limits = plan.sweep.limits
    tasks = [
        CellTask(
            cell,
            plan.notebook,
            # A worker may have been started in another folder.
            str(shelf.folder or shelf.url),
            language=how.language,
            cell_s=limits.cell_s,
            notebook_s=limits.notebook_s,
            memory_mb=limits.memory_mb,
        )
        for cell in cells
    ]
    with closing(lanes.run(tasks)) as ended:
        for one in ended:
            yield _lost(one, shelf) if isinstance(one, LostCell) else one


def _lost(lost: LostCell, shelf: Shelf) -> CellRecord:
    cell = lost.task.cell
    record = CellRecord(
        cell.key,
        cell.number,
        dict(cell.parameters),
        cell.varied,
        cell.repeat,
        Status.DIED,
        lost.why,
    )
    with shelf.attempt(cell.key) as folder:
        shelf.keep(record, folder)
    return record


def _read(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SessionError(
            key, str(path), allowed=f"a file that can be read ({why})", where="sweep"
        ) from error


def _content_of(notebook: str) -> str:
    """The hash of what a notebook does: its cells, without outputs and ids."""
    try:
        sources = [
            (cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags"))
            for cell in json.loads(notebook)["cells"]
        ]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SessionError(
            "notebook",
            "text",
            allowed=f"a notebook of format 4 ({type(error).__name__})",
            where="sweep",
        ) from error
    return hashlib.sha256(repr(sources).encode()).hexdigest()

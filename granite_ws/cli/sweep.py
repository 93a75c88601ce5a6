"""``granite-ws sweep``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from granite_ws.cli.options import parameters_option
from granite_ws.edges.shelf import Shelf
from granite_ws.edges.store import writable, write_text
from granite_ws.errors import SettingsError
from granite_ws.matrix.cell import Cell
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.matrix.results import RERUNS, select
from granite_ws.report.language import LANGUAGES
from granite_ws.report.sweep_junit import sweep_as_junit
from granite_ws.run import home
from granite_ws.sweep import INDEX, How, Plan, Result, judged, known, plan_sweep, run_sweep

# What a cell costs beside its session, for the time left (seconds); docs/results has the figure.
_CELL_S = 1.5
# What PyYAML lets out for a tag whose value does not fit, as in ``!!bool maybe``.
_NO_VALUE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_STYLE = {"held": "green", "dropped": "red", "troubled": "red", "unknown": "yellow"}


@click.command(name="sweep")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", help="A folder, or a URL as in s3://…  [default: reports/sweeps/NAME]")
@parameters_option("A parameter for every cell, in place of the file's")
@click.option(
    "-f",
    "--parameters-file",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A YAML file of such parameters.",
)
@click.option(
    "--rerun",
    type=click.Choice([name for name in RERUNS if name]),
    help="Run again: cells that failed, cells with drops, or all  [default: what is not done]",
)
@click.option("--dry-run", is_flag=True, help="List the cells, and run nothing.")
@click.option(
    "--at-once",
    type=click.IntRange(0, 512),
    default=0,
    help="Cells side by side, 0 for one for each core  [default: the file's, else 0]",
)
@click.option("--share-cores", is_flag=True, help="Cells may share cores, and disturb each other.")
@click.option(
    "--scheduler", default="", metavar="ADDRESS", help="A Dask cluster, as in tcp://10.0.0.5:8786."
)
@click.option("--junit", type=click.Path(path_type=Path), help="Also write JUnit XML.")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="Language of the pages."
)
@click.option("--json", "as_json", is_flag=True, help="Print records and thresholds as JSON.")
@click.option("--no-progress", is_flag=True, help="No bar: a line for each cell.")
def command(
    *,
    file: Path,
    out: str | None,
    parameters: tuple[tuple[str, str], ...],
    parameters_file: tuple[Path, ...],
    dry_run: bool,
    junit: Path | None,
    as_json: bool,
    no_progress: bool,
    **options: Any,
) -> None:
    """Run a notebook under many settings, several side by side, and judge the whole.

    FILE is a sweep file (sweeps/*.yaml, docs/sweeps.md). A cell that is done is not run again:
    after Ctrl-C, a crash or a change of the file the same command does what is left.

    \b
      granite-ws sweep sweeps/ping-timeout.yaml
      granite-ws sweep sweeps/smoke.yaml -p duration_s 5 --junit smoke.xml
      granite-ws sweep sweeps/horizon-context.yaml --scheduler tcp://10.0.0.5:8786 --out s3://b/x

    \b
    Exit codes: 0 all done, thresholds hold · 1 drops, without thresholds · 2 bad input ·
    3 something is unknown · 4 a cell failed · 99 a threshold is broken · 130 Ctrl-C ·
    138 a kernel died
    """  # noqa: D301
    plan = plan_sweep(file, _given(parameters, parameters_file))
    shelf = Shelf(out or str(home() / "reports/sweeps" / plan.name))
    how = How(rerun=options.pop("rerun") or "", language=options.pop("lang"), **options)
    if dry_run:
        _list(plan, shelf, how)
        return
    if junit is not None:
        writable(junit.resolve().parent, where="sweep")
    try:
        with _shown(no_progress) as watching:
            result = run_sweep(plan, shelf, how, tell=watching.tell, begin=watching.begin)
    except KeyboardInterrupt:
        _end(judged(plan, shelf), shelf, junit, as_json)
        click.echo("stopped; the same command goes on from here", err=True)
        sys.exit(130)
    _end(result, shelf, junit, as_json)
    sys.exit(result.exit_code)


def _given(pairs: Sequence[tuple[str, str]], files: Sequence[Path]) -> dict[str, Any]:
    """Files first, then single ones, as papermill does it. Raises SettingsError."""
    given: dict[str, Any] = {}
    for path in files:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError, RecursionError, *_NO_VALUE) as error:
            words = " ".join(str(error).split())
            raise SettingsError(
                "parameters-file",
                str(path),
                allowed=f"a YAML file that can be read ({words})",
                where="sweep",
            ) from error
        if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
            raise SettingsError(
                "parameters-file", str(path), allowed="a mapping of names to values", where="sweep"
            )
        given |= content
    return given | {name: _value(name, text) for name, text in pairs}


def _value(name: str, text: str) -> Any:
    """A value as a sweep file would have it. Raises SettingsError."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, *_NO_VALUE) as error:
        raise SettingsError(
            name, text, allowed="must be a value as YAML has it", where="command line"
        ) from error


class _Watching:
    """The bar of the whole, with the time left; or a line for each cell."""

    def __init__(self, console: Console, bar: Progress | None) -> None:
        self._console = console
        self._bar = bar
        self._task: Any = None
        self._weights: dict[str, float] = {}
        self._counts = {"done": 0, "dropped": 0, "not done": 0}

    def begin(self, cells: Sequence[Cell], lanes: int) -> None:
        self._weights = {cell.key: (cell.duration_s or 0) + _CELL_S for cell in cells}
        self._console.print(f"{len(cells)} cells in {lanes} lanes")
        if self._bar is not None:
            self._task = self._bar.add_task("", total=sum(self._weights.values()))

    def tell(self, record: CellRecord) -> None:
        done = record.status is Status.DONE
        self._counts["done" if done else "not done"] += 1
        self._counts["dropped"] += bool(record.drops)
        self._console.print(_line(record))
        if self._bar is not None:
            words = ", ".join(f"{count} {word}" for word, count in self._counts.items() if count)
            self._bar.update(
                self._task, advance=self._weights.get(record.key, 0), description=words
            )


@contextmanager
def _shown(no_progress: bool) -> Iterator[_Watching]:
    console = Console(stderr=True)
    if no_progress or not console.is_terminal:
        yield _Watching(console, None)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        yield _Watching(bar.console, bar)


def _line(record: CellRecord) -> str:
    name = escape(f"{record.number:3} {record.label}")
    if record.status is not Status.DONE:
        return f"{name}: [bold yellow]{record.status.value}[/] {escape(record.why)}"
    style = _STYLE.get(record.outcome, "default")
    words = f"[{style}]{record.outcome or 'done'}[/]"
    causes = escape(", ".join(record.causes))
    return f"{name}: {words} {causes} [dim]{record.wall_s:.1f} s[/]"


def _list(plan: Plan, shelf: Shelf, how: How) -> None:
    """Each cell with its key and what is known of it; what a run would do."""
    there = {record.key: record for record in known(plan, shelf)}
    chosen = {c.key for c in select(plan.cells, tuple(there.values()), rerun=how.rerun)}
    table = Table(title=escape(plan.sweep.title), title_justify="left")
    for heading in ("", "cell", "key", "so far", "would"):
        table.add_column(heading)
    for cell in plan.cells:
        record = there.get(cell.key)
        table.add_row(
            str(cell.number),
            escape(f"{cell.label}, repeat {cell.repeat}" if cell.repeat > 1 else cell.label),
            cell.key,
            record.status.value if record else "new",
            "run" if cell.key in chosen else "keep",
        )
    Console().print(table)
    seconds = sum((c.duration_s or 0) + _CELL_S for c in plan.cells if c.key in chosen)
    click.echo(f"{len(chosen)} of {len(plan.cells)} cells to run, {seconds:.0f} s one by one")


def _end(result: Result, shelf: Shelf, junit: Path | None, as_json: bool) -> None:
    if junit is not None:
        there = {record.key for record in result.records}
        missing = [
            f"{cell.number} {cell.label} [{cell.key}]"
            for cell in result.plan.cells
            if cell.key not in there
        ]
        title = result.plan.sweep.title
        told = sweep_as_junit(title, result.records, result.judged, missing=missing)
        write_text(junit, told)
    if as_json:
        content = {
            "sweep": result.plan.name,
            "cells": [json.loads(record.to_json()) for record in result.records],
            "thresholds": [asdict(one) for one in result.judged],
            "exit_code": result.exit_code,
        }
        click.echo(json.dumps(content, indent=2, default=str))
        return
    for one in result.judged:
        click.echo(one.sentence)
    done = sum(record.status is Status.DONE for record in result.records)
    click.echo(f"{done} of {len(result.plan.cells)} cells done")
    click.echo(f"Page: {shelf.link(INDEX)}")

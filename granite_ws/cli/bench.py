"""``granite-ws bench``."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from granite_ws.benchmark import Duel, Figure, Growth, Report
from granite_ws.edges import host, store
from granite_ws.edges.clock import Clock
from granite_ws.report.bench import bench_page

NAMES = (
    "forecast",
    "askers",
    "fallback",
    "start",
    "recording",
    "clients",
    "diagnosis",
    "render",
    "logs",
)


@click.command(name="bench")
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option(
    "--repeats",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Of each measurement; both ways are measured in turn.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for bench.json, index.html.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout.")
def command(names: tuple[str, ...], repeats: int, out: Path | None, as_json: bool) -> None:
    """Measure what is claimed to be fast against the naive way, in one run, in turn.

    NAMES: forecast (one, 512 points to 96), askers (32 threads at once), fallback (exponential
    smoothing), start (of a process), recording (5,000 events a second), diagnosis (over the number
    of events), render (a report of 100,000), logs (a gigabyte, against grep); all where none is
    named.

    Nothing else should run on the machine. Exit code 0 when every promised figure was reached,
    else 1.
    """
    if out is not None:
        store.writable(out, where="bench")
    report = _measure(names or NAMES, repeats)
    text = json.dumps(report.to_dict(), indent=1, allow_nan=False)
    if out is not None:
        store.write_text(out / "bench.json", text + "\n")
        store.write_text(out / "index.html", bench_page(report))
    if as_json:
        click.echo(text)
    else:
        _print(report)
    held = [one.holds for one in report.duels] + [one.holds for one in report.figures]
    held += [one.holds for one in report.growths]
    sys.exit(1 if False in held else 0)


def _measure(names: tuple[str, ...], repeats: int) -> Report:
    duels: list[Duel] = []
    growths: list[Growth] = []
    figures: list[Figure] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        for name in names:
            bar.update(task, description=name)
            measure = import_module(f"granite_ws.bench.{name}").measure
            found: Report = measure(repeats, lambda: bar.advance(task))
            duels += found.duels
            growths += found.growths
            figures += found.figures
    facts = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["granite-ws", *sys.argv[1:]]),
        "repeats": repeats,
    }
    return Report(duels, growths, figures, facts)


def _print(report: Report) -> None:
    console = Console()
    table = Table(
        "what", "ours", "unit", "naive p50", "ours p50", "ratio p50", "ratio p99", "promised", ""
    )
    for duel in report.duels:
        told = duel.to_dict()
        ratios = [duel.ratio(share) for share in (50, 99)]
        table.add_row(
            duel.name,
            duel.our_way,
            duel.unit,
            *(f"{told[side]['p50']:,.3g}" for side in ("naive", "ours")),
            *(f"{r.value:.1f} ({r.low:.1f} to {r.high:.1f})" for r in ratios),
            duel.promise,
            _mark(duel.holds),
        )
    if report.duels:
        console.print(table)
    for figure in report.figures:
        told = figure.to_dict()
        console.print(
            f"{figure.name}: p50 {told['p50']:,.3g}, p99 {told['p99']:,.3g} {figure.unit} "
            f"{figure.promise} {_mark(figure.holds)}"
        )
    for growth in report.growths:
        costs = ", ".join(
            f"{size:,.0f}: {cost:,.3g} {growth.unit}"
            for size, cost in zip(growth.sizes, growth.costs, strict=True)
        )
        console.print(
            f"{growth.name} over {growth.over}: slope {growth.slope:.2f} ({costs}) "
            f"{_mark(growth.holds)}"
        )


def _mark(holds: bool | None) -> str:
    return {None: "", True: "[green]reached[/]", False: "[red]missed[/]"}[holds]

"""``granite-ws bench``."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from granite_ws.benchmark import Duel, Figure, Growth, Report
from granite_ws.edges import host, store
from granite_ws.edges.clock import Clock
from granite_ws.errors import BadInput
from granite_ws.regression import regressions
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
    "gpu",
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
@click.option(
    "--guard",
    type=click.Path(path_type=Path),
    help="A bench.json of before: exit code 1 when a ratio or a slope has become much worse.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout.")
def command(
    names: tuple[str, ...], repeats: int, out: Path | None, guard: Path | None, as_json: bool
) -> None:
    """Measure what is claimed to be fast against the naive way, in one run, in turn.

    NAMES: forecast (one, 512 points to 96), askers (32 threads at once), fallback (exponential
    smoothing), start (of processes), recording (5,000 events a second), clients (300 of a server),
    diagnosis (over the number of events), render (a report of 100,000), logs (a gigabyte, against
    grep), gpu (where there is one); all where none is named.

    Nothing else should run on the machine. Exit code 0 when every promised figure was reached,
    else 1; with --guard, 0 when nothing has become much worse than it was.
    """
    kept = None if guard is None else _read_record(guard)
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
    if kept is not None:
        worse = regressions(report, kept, where=str(guard))
        for one in worse:
            click.echo(f"worse: {one}", err=True)
        sys.exit(1 if worse else 0)
    held = [one.holds for one in report.duels] + [one.holds for one in report.figures]
    held += [one.holds for one in report.growths]
    sys.exit(1 if False in held else 0)


def _read_record(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        allowed = f"a bench.json of granite-ws bench ({error})"
        raise BadInput("guard", str(path), allowed=allowed, where="bench") from error


def _measure(names: tuple[str, ...], repeats: int) -> Report:
    duels: list[Duel] = []
    growths: list[Growth] = []
    figures: list[Figure] = []
    facts: dict[str, Any] = {}
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
            facts |= found.facts
    facts |= {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["granite-ws", *sys.argv[1:]]),
        "repeats": repeats,
    }
    return Report(duels, growths, figures, facts)


def _print(report: Report) -> None:
    console = Console(highlight=False)
    for duel in report.duels:
        told = duel.to_dict()
        naive, ours = (f"{told[side]['p50']:,.3g} {duel.unit}" for side in ("naive", "ours"))
        ratio, late = duel.ratio(), duel.ratio(99)
        console.print(
            f"[bold]{duel.name}[/]: {duel.naive_way} {naive}, {duel.our_way} {ours}; "
            f"{ratio} times, p99 {late.value:.1f} " + _promise(duel.promise, duel.holds)
        )
    for figure in report.figures:
        told = figure.to_dict()
        console.print(
            f"[bold]{figure.name}[/]: p50 {told['p50']:,.3g}, p99 {told['p99']:,.3g} "
            f"{figure.unit} " + _promise(figure.promise, figure.holds)
        )
    for growth in report.growths:
        costs = ", ".join(
            f"{size:,.0f}: {cost:,.3g} {growth.unit}"
            for size, cost in zip(growth.sizes, growth.costs, strict=True)
        )
        console.print(
            f"[bold]{growth.name}[/] over {growth.over}: slope {growth.slope:.2f} ({costs}) "
            + _promise(growth.promise, growth.holds)
        )


def _promise(words: str, holds: bool | None) -> str:
    if holds is None:
        return ""
    return f"({words}: {'[green]reached[/]' if holds else '[red]missed[/]'})"

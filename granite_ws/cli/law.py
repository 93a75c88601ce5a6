"""``granite-ws law``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from granite_ws.droplaw import Law
from granite_ws.edges import host, store
from granite_ws.edges.clock import Clock
from granite_ws.law import plan, try_law
from granite_ws.report.pictures import draw_law

# From where no phase is fatal to where every phase is, at pi = 1 s and pt = 2 s.
_STALLS = "1.8,2.0,2.2,2.4,2.5,2.6,2.8,3.0,3.2,3.4"
ERROR_BAR = 0.05


@click.command(name="law")
@click.option("--stalls", default=_STALLS, show_default=True, help="Seconds, with commas.")
@click.option("--phases", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--ping-interval", type=click.IntRange(1, 3600), default=1, show_default=True)
@click.option("--ping-timeout", type=click.FloatRange(0.1, 86_400), default=2.0, show_default=True)
@click.option("--client-kinds", default="python,node", show_default=True)
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for law.json and law.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout.")
def command(
    *,
    stalls: str,
    phases: int,
    ping_interval: int,
    ping_timeout: float,
    client_kinds: str,
    at_once: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Hold the interpreter lock for each of the stalls at evenly spread phases, and count drops.

    Exit code 0 when the mean absolute error of the law is at most 0.05, else 1.
    """
    planned = plan(
        _numbers(stalls),
        phases=phases,
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        kinds=client_kinds,
    )
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    with bar, tempfile.TemporaryDirectory(prefix="granite-ws-law-") as folder:
        task = bar.add_task("law", total=len(planned))
        law = try_law(
            planned, folder=Path(folder), at_once=at_once, progress=lambda: bar.advance(task)
        )
    record: dict[str, Any] = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["granite-ws", *sys.argv[1:]]),
        **law.to_dict(),
    }
    text = json.dumps(record, indent=1, allow_nan=False)
    if out is not None:
        store.write_text(out / "law.json", text + "\n")
        store.write_text(out / "law.svg", draw_law(law.points, ping_interval, ping_timeout))
    if as_json:
        click.echo(text)
    else:
        _print(law)
    error = law.mean_absolute_error
    sys.exit(0 if error is not None and error <= ERROR_BAR else 1)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"stalls {text!r} must be numbers with commas") from error
    if not all(0 < number <= 3600 for number in numbers):
        raise click.BadParameter(f"stalls {text!r} must be from 0 to 3600 seconds")
    return numbers


def _print(law: Law) -> None:
    table = Table("client", "stall", "predicted", "observed", "of")
    for point in law.points:
        table.add_row(
            point.kind,
            f"{point.stall_s:.2f} s",
            f"{point.predicted:.2f}",
            f"{point.observed:.2f}",
            str(point.count),
        )
    console = Console()
    console.print(table)
    error = law.mean_absolute_error
    console.print(
        f"{law.sessions} sessions; mean absolute error "
        f"{'nothing observed' if error is None else f'{error:.3f}'}; told the phase, the machine "
        f"was wrong in {law.wrong_verdicts} of {len(law.observations)}."
    )

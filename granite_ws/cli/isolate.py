"""``granite-ws isolate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from granite_ws.cli.options import settings_from, settings_options
from granite_ws.cli.progress import shown
from granite_ws.isolation import Isolation, isolate
from granite_ws.run import new_folder


@click.command(name="isolate")
@settings_options
@click.option("--out", type=click.Path(path_type=Path), help="A new folder for three sessions.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON on stdout.")
def command(out: Path | None, as_json: bool, **options: Any) -> None:
    """Run the prediction alone, the WebSocket alone, and both, and compare."""
    settings = settings_from(options)
    with shown() as tell:
        result = isolate(settings, out=out or new_folder(settings), progress=tell)
    if as_json:
        click.echo(json.dumps(result.to_dict(), indent=2))
        return
    _print(result)


def _print(result: Isolation) -> None:
    table = Table("experiment", "predictions", "failed", "median", "longest stall", "drops")
    for one in result.experiments:
        table.add_row(
            one.name,
            str(one.predictions),
            str(one.failed_predictions),
            "-" if one.median_s is None else f"{one.median_s * 1e3:.1f} ms",
            f"{one.longest_stall_s:.2f} s",
            f"{one.drops} of {one.connections} connections",
        )
    console = Console()
    console.print(table)
    console.print(result.conclusion)

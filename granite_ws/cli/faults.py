"""``granite-ws faults``."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from granite_ws.faults import FAULTS


@click.command(name="faults")
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON on stdout.")
def command(as_json: bool) -> None:
    """List what can be broken on purpose."""
    if as_json:
        rows = [
            {"name": f.name, "place": f.place.value, "about": f.about, "hits": list(f.hits)}
            for f in FAULTS
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("fault", "where", "what is broken", "whose connection it ends")
    for fault in FAULTS:
        table.add_row(fault.name, fault.place.value, fault.about, ", ".join(fault.hits) or "none")
    Console().print(table)

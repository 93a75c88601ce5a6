"""``granite-ws diagnose``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from granite_ws.cli.show import print_causes, print_drops
from granite_ws.edges import store
from granite_ws.judging import Case, exit_code, judge_paths
from granite_ws.report.junit import as_junit


@click.command(name="diagnose")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON on stdout.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write JUnit XML to a file.")
def command(paths: tuple[Path, ...], as_json: bool, junit: Path | None) -> None:
    """Name the cause of the drops in recordings and logs.

    \b
    PATH is one of:
      a session folder        as granite-ws run leaves it
      an events.jsonl         a recording without its folder
      a plain text log        a server's log, and beside it a client's console log
    All plain logs of one call belong together. Evidence that is missing is asked for by name.
    """  # noqa: D301
    cases = judge_paths(paths)
    if junit is not None:
        store.write_text(junit, as_junit((case.name, case.verdict) for case in cases))
    if as_json:
        content = [
            {"name": case.name, **case.verdict.to_dict(), "missing": list(case.missing)}
            for case in cases
        ]
        click.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        for case in cases:
            _print(case)
    sys.exit(exit_code(cases))


def _print(case: Case) -> None:
    console = Console()
    console.print(escape(case.name), style="dim", soft_wrap=True)
    print_causes(case.verdict, console)
    if case.verdict.drops:
        print_drops(case.verdict, console)
    for evidence in case.missing:
        console.print(f"[yellow]Missing:[/] {escape(evidence)}")

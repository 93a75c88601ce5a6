"""``granite-ws advise``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from granite_ws.advice import Advice, advise
from granite_ws.cli.progress import shown
from granite_ws.edges import store
from granite_ws.run import judge
from granite_ws.verification import verified_advice


@click.command(name="advise")
@click.argument("session", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Run the session again with each advised setting.")
@click.option("--repeats", type=click.IntRange(1, 20), default=2, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new folder for the re-runs  [default: SESSION/advice]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON on stdout.")
def command(session: Path, verify: bool, repeats: int, out: Path | None, as_json: bool) -> None:
    """Say the smallest change that holds for a recorded SESSION, and test it.

    The figures come from what the session measured; with --verify every change of a setting is
    tried in a re-run.
    """
    recorded = store.read_session(session)
    if verify:
        folder = out or session / "advice"
        store.new_or_empty(folder, where="advise")
        with shown() as tell:
            given = verified_advice(recorded, repeats=repeats, out=folder, progress=tell)
    else:
        given = advise(judge(recorded))
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in given], indent=2))
        return
    _print(given)


def _print(given: tuple[Advice, ...]) -> None:
    console = Console()
    if not given:
        console.print("No drop with a named cause: there is nothing to advise.")
    for one in given:
        console.print(f"[bold]{one.cause}[/]: {escape(one.sentence)}")
        for timeout, left in one.curve:
            words = f"with ping_timeout = {timeout:g} s, {left} of {one.out_of} drops would remain"
            console.print(f"  {words}", style="dim")
        for note in filter(None, (one.verified, one.caution)):
            console.print(f"  {escape(note)}")

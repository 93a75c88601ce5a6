"""``granite-ws inject``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from granite_ws.cli.show import print_verdict
from granite_ws.edges import store
from granite_ws.faults import BY_NAME
from granite_ws.trial import run_trial


@click.command(name="inject")
@click.argument("name", metavar="FAULT", type=click.Choice(sorted(BY_NAME)))
@click.option("--out", type=click.Path(path_type=Path), help="A new or empty session folder.")
@click.option("--repeat", type=click.IntRange(0, 10_000), default=0, help="Seed of the session.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON on stdout.")
def command(name: str, out: Path | None, repeat: int, as_json: bool) -> None:
    """Run a short session with one FAULT, and diagnose it blind."""
    trial = run_trial(name, out=out, seed=repeat)
    content = trial.verdict.to_dict() | {
        "session": str(trial.session.folder),
        "fault": name,
        "void": trial.void,
        "named": list(trial.named),
    }
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    store.write_text(trial.session.folder / store.VERDICT_FILE, text + "\n")
    if as_json:
        click.echo(text)
    else:
        print_verdict(trial.verdict, trial.session)
        click.echo(f"Injected: {name}. " + (f"Void: {trial.void}." if trial.void else ""))
        click.echo(f"Diagnosed: {', '.join(trial.named) or 'unknown'}")
    sys.exit(trial.verdict.exit_code)

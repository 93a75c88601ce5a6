"""``granite-ws prove``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from granite_ws.cli.progress import shown
from granite_ws.edges import store
from granite_ws.proof import Decision, prove


@click.command(name="prove")
@click.argument("session", type=click.Path(path_type=Path))
@click.option("--repeats", type=click.IntRange(1, 20), default=2, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new folder for the re-runs  [default: SESSION/proof]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the proof as JSON on stdout.")
def command(session: Path, repeats: int, out: Path | None, as_json: bool) -> None:
    """Test the verdict on a recorded SESSION by running it again.

    Without the blamed factor the drops must vanish; with that factor alone they must appear.
    Exit code 0 proven, 1 contradicted, 3 not proven or impossible.
    """
    recorded = store.read_session(session)
    store.writable(session, where="prove")
    folder = out or session / "proof"
    store.new_or_empty(folder, where="prove")
    with shown() as tell:
        proof = prove(recorded, repeats=repeats, out=folder, progress=tell)
    text = json.dumps(proof.to_dict(), indent=2, ensure_ascii=False)
    store.write_text(session / store.PROOF_FILE, text + "\n")
    click.echo(text if as_json else proof.sentence)
    sys.exit({Decision.PROVEN: 0, Decision.CONTRADICTED: 1}.get(proof.decision, 3))

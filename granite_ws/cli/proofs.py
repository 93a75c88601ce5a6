"""``granite-ws proofs``."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from granite_ws.edges import host, store
from granite_ws.edges.clock import Clock
from granite_ws.exam import all_faults, chosen_faults
from granite_ws.proof_exam import Attempt, mark_proofs, try_proofs

CONFIRMED_BAR = 0.9


@click.command(name="proofs")
@click.option("--faults", default="", help="Only these, by name, separated by commas.")
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for proofs.json.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout.")
def command(faults: str, at_once: int, out: Path | None, as_json: bool) -> None:
    """Put the proof itself on trial: right verdicts must be proven, wrong ones never.

    Exit code 0 when at least 90 % of the right ones are proven and no wrong one is, else 1.
    """
    if out is not None:
        store.writable(out, where="proofs")
    names = chosen_faults(faults) if faults else all_faults()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar, tempfile.TemporaryDirectory(prefix="granite-ws-proofs-") as folder:
        task = bar.add_task("proofs", total=len(names))

        def tell(attempt: Attempt) -> None:
            bar.update(task, advance=1, description=attempt.fault)
            words = attempt.void or f"{attempt.right_decision}; wrong: {attempt.wrong_decision}"
            bar.console.print(f"{attempt.fault}: {escape(words)}", style="dim")

        attempts = try_proofs(names, folder=Path(folder), at_once=at_once, progress=tell)
    marks = mark_proofs(attempts)
    record = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["granite-ws", *sys.argv[1:]]),
        "marks": marks.to_dict(),
        "attempts": [asdict(attempt) for attempt in attempts],
    }
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    if out is not None:
        store.write_text(out / "proofs.json", text + "\n")
    share = "nothing counted" if marks.confirmed is None else f"{marks.confirmed:.1%}"
    sentence = (
        f"{marks.counted} right verdicts: {share} proven. The same sessions with a wrong cause: "
        f"{marks.wrong_proven} proven. {marks.void} did not count."
    )
    click.echo(text if as_json else sentence)
    met = marks.confirmed is not None and marks.confirmed >= CONFIRMED_BAR
    sys.exit(0 if met and marks.wrong_proven == 0 else 1)

"""``granite-ws exam``."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from granite_ws.edges import host, store
from granite_ws.edges.clock import Clock
from granite_ws.exam import Question, all_faults, chosen_faults, questions, sit
from granite_ws.faults import CONTROLS
from granite_ws.report.exam import marks_as_markdown, passed
from granite_ws.report.pictures import draw_confusion
from granite_ws.report.svg import as_file
from granite_ws.scoring import Marks, Row, mark

# One of each group, all within a few seconds each: what continuous integration can afford.
_SMOKE = (
    "gil_held_native",
    "abrupt_exit",
    "nonfinite_json",
    "client_suspended",
    "proxy_max_age",
)


@click.command(name="exam")
@click.option("--faults", default="", help="Only these, by name, separated by commas.")
@click.option("--repeats", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--healthy", type=click.IntRange(0, 10_000), default=100, show_default=True)
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--smoke", is_flag=True, help="A few faults and two healthy sessions, once each.")
@click.option("--keep", is_flag=True, help="Keep the folders of right answers, too.")
@click.option(
    "--sessions",
    type=click.Path(path_type=Path),
    help="Where the sessions go [default: temporary]",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for exam.json, exam.md, confusion.svg."
)
@click.option("--json", "as_json", is_flag=True, help="Print the marks as JSON on stdout.")
def command(
    *,
    faults: str,
    repeats: int,
    healthy: int,
    at_once: int,
    smoke: bool,
    keep: bool,
    sessions: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Break everything in turn, diagnose it blind, and mark the answers.

    Exit code 0 when every mark meets its bar, 1 when one does not.
    """
    chosen = chosen_faults(faults) if faults else (_SMOKE if smoke else all_faults())
    if out is not None:
        store.writable(out, where="exam")
    if sessions is not None:
        store.new_or_empty(sessions, where="exam")
    planned = questions(
        chosen,
        repeats=1 if smoke else repeats,
        healthy=2 if smoke else healthy,
        controls=() if smoke or faults else tuple(control.name for control in CONTROLS),
    )
    folder = sessions or Path(tempfile.mkdtemp(prefix="granite-ws-exam-"))
    rows = _sit(planned, folder, at_once, keep)
    marks = mark(rows)
    record = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["granite-ws", *sys.argv[1:]]),
        "marks": marks.to_dict(),
        "rows": [row.to_dict() for row in sorted(rows, key=lambda r: (r.fault, r.repeat))],
    }
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    if out is not None:
        _write(out, text, marks, record)
    click.echo(text if as_json else marks_as_markdown(marks, record))
    click.echo(f"Sessions that were wrong, void or alarmed: {folder}", err=True)
    sys.exit(0 if passed(marks) else 1)


def _sit(planned: tuple[Question, ...], folder: Path, at_once: int, keep: bool) -> tuple[Row, ...]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    counts: Counter[str] = Counter()
    with bar:
        task = bar.add_task("exam", total=len(planned))

        def tell(row: Row) -> None:
            good = row.right or (not row.fault and row.answer == "healthy")
            counts["void" if row.void else "right" if good else "wrong"] += 1
            words = ", ".join(f"{counts[word]} {word}" for word in ("right", "wrong", "void"))
            bar.update(task, advance=1, description=words)
            if row.void or not good:
                name = row.fault or row.group
                words = escape(row.void or row.answer)
                bar.console.print(f"{name}-{row.repeat}: {words}", style="dim")

        return sit(planned, folder=folder, at_once=at_once, progress=tell, keep=keep)


def _write(out: Path, text: str, marks: Marks, record: dict[str, Any]) -> None:
    store.write_text(out / "exam.json", text + "\n")
    store.write_text(out / "exam.md", marks_as_markdown(marks, record))
    store.write_text(out / "confusion.svg", as_file(draw_confusion(marks.confusion)))

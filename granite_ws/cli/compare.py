"""``granite-ws compare``."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from granite_ws.cli.folders import look_through
from granite_ws.comparison import BETTER, WORSE, Compared, compare
from granite_ws.edges import store
from granite_ws.errors import SessionError
from granite_ws.measured import Measured, measured, of_record
from granite_ws.report.compare import (
    Side,
    answer_words,
    change_within,
    render_comparison,
    shown,
    signed,
    summary,
)
from granite_ws.report.language import LANGUAGES, speaking
from granite_ws.run import judge
from granite_ws.timeline import Timeline

_STYLES = {BETTER: "bold green", WORSE: "bold red"}


@dataclass(frozen=True)
class _Given:
    """What one folder holds: sessions as they are compared, and the timeline of a single one."""

    path: Path
    sessions: tuple[Measured, ...]
    timeline: Timeline | None = None


@click.command(name="compare")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Also write an HTML page.")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="Language of the page."
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON on stdout.")
def command(a: Path, b: Path, out: Path | None, lang: str, as_json: bool) -> None:
    """Say what is better or worse in B than in A, with 95 % intervals, and what nobody can tell.

    A and B are each a session folder, a folder with several sessions, or the results of a sweep.
    Cells of two sweeps are compared where they have equal parameters. A difference is named only
    where it is more than chance (corrected for all that is tested).

    \b
      granite-ws compare reports/sessions/before reports/sessions/after
      granite-ws compare reports/sweeps/main reports/sweeps/change --out change.html
    """  # noqa: D301
    first, second = _read(a), _read(b)
    compared = compare(first.sessions, second.sessions)
    if out is not None:
        words = shlex.join(["granite-ws", "compare", str(a), str(b), "--out", str(out)])
        with speaking(lang):
            sides = [_side(one, out.parent) for one in (first, second)]
            store.write_text(out, render_comparison(compared, *sides, command=words))
    if as_json:
        click.echo(json.dumps(compared.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    _show(compared, a, b)
    if out is not None:
        click.echo(f"Page: {out}")


def _read(path: Path) -> _Given:
    """Raises SessionError for a folder in which there is nothing to compare."""
    found = look_through(path, where="compare")
    if found.unreadable and not (found.sessions or found.records):
        place, why = found.unreadable[0]
        raise SessionError(
            "session", str(place), allowed=f"a readable folder ({why})", where="compare"
        )
    judged = [
        (session, judge(session)) for session in map(store.read_session, sorted(found.sessions))
    ]
    sessions = (
        *(measured(session, verdict) for session, verdict in judged),
        *(of_record(record) for _, record in found.records),
    )
    if not sessions:
        raise SessionError(
            "folder",
            str(path),
            allowed="a session folder, a folder with sessions, or a sweep's results",
            where="compare",
        )
    single = judged[0][1].timeline if len(judged) == len(sessions) == 1 else None
    return _Given(path, sessions, single)


def _side(given: _Given, base: Path) -> Side:
    for path in (given.path / "page.html", given.path / "index.html", given.path):
        if path.exists():
            link = quote(os.path.relpath(path, base).replace(os.sep, "/"))
            return Side(str(given.path), link, given.timeline)
    raise AssertionError("it was read a moment ago")


def _show(compared: Compared, a: Path, b: Path) -> None:
    console = Console()
    for letter, path, side in (("A", a, compared.a), ("B", b, compared.b)):
        told = side[0].summary if len(side) == 1 else f"{len(side)} sessions"
        console.print(f"[bold]{letter}[/] {escape(str(path))}: {escape(told)}", soft_wrap=True)
    for name, (ours, theirs) in compared.differs.items():
        console.print(f"  {name}: {escape(_words(ours))} → {escape(_words(theirs))}")
    console.print(_table(compared))
    for note, metrics in _notes(compared).items():
        console.print(f"{escape(', '.join(metrics))}: {escape(note)}", style="dim")
    for words, labels in (
        ("cells in both", compared.matched),
        ("only in A", compared.only_a),
        ("only in B", compared.only_b),
    ):
        if labels:
            console.print(f"{len(labels)} {words}: {escape('; '.join(labels))}", style="dim")
    console.print(f"[bold]{escape(summary(compared))}[/]")


def _table(compared: Compared) -> Table:
    table = Table(title="B against A, 95 % intervals", title_justify="left")
    table.add_column("metric", no_wrap=True)
    for heading in ("A", "B", "change", "interval", "p (Holm)"):
        table.add_column(heading, justify="right")
    table.add_column("B is")
    for row in compared.rows:
        answer, style = answer_words(row), _STYLES.get(row.answer, "")
        table.add_row(
            row.metric,
            shown(row.found.a),
            shown(row.found.b),
            signed(row.found.change),
            change_within(row.found),
            "–" if row.p_holm is None else f"{row.p_holm:.2g}",
            f"[{style}]{answer}[/]" if style else str(answer),
        )
    return table


def _notes(compared: Compared) -> dict[str, list[str]]:
    """Why some metrics have no answer: each reason once, with its metrics."""
    notes: dict[str, list[str]] = {}
    for row in compared.rows:
        if row.found.note:
            notes.setdefault(str(row.found.note), []).append(row.metric)
    return notes


def _words(values: Sequence[object]) -> str:
    return ", ".join("–" if value in (None, "") else str(value) for value in values)

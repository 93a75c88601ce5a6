"""``granite-ws patterns``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from granite_ws.edges import store
from granite_ws.errors import SessionError
from granite_ws.losses import Watch, watch
from granite_ws.patterns import Pattern, find_patterns
from granite_ws.timeline import read_timeline

_MARK = {"yes": "[bold red]yes[/]", "no": "[green]no[/]"}


@click.command(name="patterns")
@click.argument("sessions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON on stdout.")
def command(sessions: tuple[Path, ...], as_json: bool) -> None:
    """Ask what the drops of many sessions have in common.

    SESSIONS are session folders or their events.jsonl, each one once. Always the same iteration?
    After so many predictions? At a particular hour? At a constant connection age, idle age or
    payload size? Each answer is yes, no or "not enough data", with its effect and its p-value.

    \b
      granite-ws patterns reports/sessions/*
    """  # noqa: D301
    watches = _watches(sessions)
    found = find_patterns(watches)
    if as_json:
        content = {
            "sessions": len(watches),
            "drops": sum(len(one.losses) for one in watches),
            "patterns": [pattern.to_dict() for pattern in found],
        }
        click.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(found, watches)


def _watches(sessions: tuple[Path, ...]) -> list[Watch]:
    watches, seen = [], set()
    for given in sessions:
        path = (given / store.EVENTS_FILE if given.is_dir() else given).resolve()
        if path in seen:
            raise _refused(given, "each session once: twice the same drops are no pattern")
        seen.add(path)
        if not path.is_file():
            raise _refused(given, f"a session folder or its {store.EVENTS_FILE}")
        log = store.read_events(path)
        if not log.events:
            raise _refused(given, "a file that holds events, one JSON object a line")
        watches.append(watch(read_timeline(log), path.parent.name))
    return watches


def _refused(given: Path, allowed: str) -> SessionError:
    return SessionError("session", str(given), allowed=allowed, where="patterns")


def _show(found: tuple[Pattern, ...], watches: list[Watch]) -> None:
    drops = sum(len(one.losses) for one in watches)
    table = Table(
        title=f"Patterns: {drops} drops in {len(watches)} sessions", title_justify="left"
    )
    for heading in ("question", "answer", "value", "effect", "p", "p (Holm)", "n"):
        table.add_column(heading)
    for pattern in found:
        table.add_row(
            pattern.question,
            _MARK.get(pattern.answer, f"[yellow]{escape(pattern.answer)}[/]"),
            _figure(pattern.value, pattern.unit),
            _figure(pattern.effect, _SHORT[pattern.effect_name], before=True),
            _figure(pattern.p_value),
            _figure(pattern.p_holm),
            str(pattern.count),
        )
    console = Console()
    console.print(table)
    for pattern in found:
        if pattern.note:
            console.print(escape(f"{pattern.question} {pattern.note}."))


_SHORT = {"coefficient of variation": "CV", "resultant length R": "R"}


def _figure(value: float | None, unit: str = "", *, before: bool = False) -> str:
    if value is None:
        return "-"
    text = f"{value:.4g}"
    return f"{unit} {text}".strip() if before else f"{text} {unit}".strip()

"""The verdict in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from granite_ws.diagnosis.verdict import Outcome, Verdict
from granite_ws.report.words import figure
from granite_ws.session import Session

_STYLE = {Outcome.HELD: "bold green", Outcome.DROPPED: "bold red", Outcome.UNKNOWN: "bold yellow"}
_MARK = {"yes": "[green]yes[/]", "no": "[red]no[/]", "unknown": "[yellow]unknown[/]"}


def print_verdict(verdict: Verdict, session: Session) -> None:
    """Summary, drops, checklist and metrics on stdout."""
    console = Console()
    console.print(f"[{_STYLE[verdict.outcome]}]{escape(verdict.summary)}[/]")
    if verdict.drops:
        console.print(_drops(verdict))
    console.print(_checklist(verdict))
    console.print(_metrics(verdict))
    console.print(f"Session: {escape(str(session.folder))}")
    console.print(f"Report:  granite-ws report {escape(str(session.folder))}")


def _drops(verdict: Verdict) -> Table:
    table = Table(title="Drops", title_justify="left")
    for heading in ("at", "client", "cause", "client says", "server says"):
        table.add_column(heading)
    for drop in verdict.drops:
        connection = drop.connection
        table.add_row(
            f"{verdict.timeline.seconds(connection.ended_ns or 0):.1f} s",
            str(connection.client),
            drop.cause,
            escape(connection.client_log or connection.client_reason or "nothing"),
            escape(connection.server_reason or "nothing"),
        )
    return table


def _checklist(verdict: Verdict) -> Table:
    table = Table(title="Checklist", title_justify="left")
    for heading in ("", "topic", "question", "answer", "figures"):
        table.add_column(heading)
    for answer in verdict.checklist:
        table.add_row(
            str(answer.step), answer.topic, answer.question, _MARK[answer.answer], answer.figures
        )
    return table


def _metrics(verdict: Verdict) -> Table:
    table = Table(title="Expected metrics", title_justify="left")
    for heading in ("metric", "expected", "measured (median)", "n", ""):
        table.add_column(heading)
    for metric in verdict.metrics:
        expected, unit = metric.expected, metric.expected.unit
        table.add_row(
            expected.what,
            f"{figure(expected.low, unit)} to {figure(expected.high, unit)}",
            "-" if metric.measured is None else figure(metric.measured, unit),
            str(metric.count),
            metric.comparison,
        )
    return table

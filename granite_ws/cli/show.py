"""The verdict in a terminal."""

from __future__ import annotations

import shlex
from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from granite_ws.advice import advise
from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.verdict import Outcome, Verdict
from granite_ws.events import Kind
from granite_ws.report.words import figure
from granite_ws.session import Session

_STYLE = {
    Outcome.HELD: "bold green",
    Outcome.DROPPED: "bold red",
    Outcome.TROUBLED: "bold red",
    Outcome.UNKNOWN: "bold yellow",
}
_MARK = {"yes": "[green]yes[/]", "no": "[red]no[/]", "unknown": "[yellow]unknown[/]"}


def print_verdict(verdict: Verdict, session: Session) -> None:
    """Summary, causes, drops, checklist and metrics on stdout."""
    console = Console()
    print_causes(verdict, console)
    for line in (*_engines(verdict), *_repairs(session)):
        console.print(escape(line))
    if verdict.drops:
        print_drops(verdict, console)
    console.print(_checklist(verdict))
    console.print(_metrics(verdict))
    folder = escape(shlex.quote(str(session.folder)))
    console.print(f"Session: {folder}", soft_wrap=True)
    console.print(f"Report:  granite-ws report {folder}", soft_wrap=True)


def print_causes(verdict: Verdict, console: Console) -> None:
    """Summary, and for each supported cause its claim, its path and what helps."""
    console.print(f"[{_STYLE[verdict.outcome]}]{escape(verdict.summary)}[/]")
    given = advise(verdict)
    for finding in verdict.findings:
        if finding.truth is not Truth.SUPPORTED:
            continue
        console.print(f"[bold]{finding.code} {finding.cause}[/] {escape(finding.claim)}")
        for step in finding.path:
            at = f"{verdict.timeline.seconds(step.event.at_ns):9.3f} s"
            console.print(f"  {at}  {escape(step.text)}", style="dim")
        helps = [one.sentence for one in given if one.cause == finding.cause]
        for sentence in helps or [finding.remedy]:
            console.print(f"  [bold]What helps:[/] {escape(sentence)}")


def _engines(verdict: Verdict) -> list[str]:
    """Who really made the forecasts; demo weights say that they are demo weights."""
    made = Counter(
        (event.data["engine"], event.data["model"])
        for event in verdict.timeline.log.of(Kind.FORECAST_DONE)
    )
    return [f"Forecasts by {e} ({m}): {count}" for (e, m), count in made.most_common()]


def _repairs(session: Session) -> list[str]:
    return [f"Data: {repair}" for repair in session.provenance.get("data", {}).get("repairs", [])]


def print_drops(verdict: Verdict, console: Console) -> None:
    """Every drop with what each side says."""
    console.print(_drops(verdict))


def _drops(verdict: Verdict) -> Table:
    table = Table(title="Drops", title_justify="left")
    for heading in ("at", "client", "cause", "client says", "server says"):
        table.add_column(heading)
    for drop in verdict.drops:
        connection = drop.connection
        table.add_row(
            f"{verdict.timeline.seconds(connection.lost_ns or 0):.1f} s",
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
    for heading in ("metric", "expected", "measured (median)", "n", "comparison"):
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

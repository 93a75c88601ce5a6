"""``granite-ws law``."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from granite_ws.droplaw import Law
from granite_ws.edges import host, store
from granite_ws.edges.clock import Clock
from granite_ws.law import even_phases, plan, try_law
from granite_ws.report.pictures import draw_law
from granite_ws.report.svg import as_file

# From where no phase is fatal to where every phase is, at pi = 1 s and pt = 2 s.
_STALLS = "1.8,2.0,2.2,2.4,2.5,2.6,2.8,3.0,3.2,3.4"
ERROR_BAR = 0.05


@click.command(name="law")
@click.option("--stalls", default=_STALLS, show_default=True, help="Seconds, with commas.")
@click.option(
    "--phases",
    type=click.IntRange(1, 200),
    default=10,
    show_default=True,
    help="So many, spread evenly over the ping interval.",
)
@click.option("--phase-s", help="Or exactly these seconds after a PING, with commas.")
@click.option("--ping-interval", type=click.IntRange(1, 3600), default=1, show_default=True)
@click.option("--ping-timeout", type=click.FloatRange(0.1, 86_400), default=2.0, show_default=True)
@click.option("--client-kinds", default="python,node", show_default=True)
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for law.json and law.svg.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Folder for the sessions in which the law, told the phase, was wrong.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON on stdout.")
def command(
    *,
    stalls: str,
    phases: int,
    phase_s: str | None,
    ping_interval: int,
    ping_timeout: float,
    client_kinds: str,
    at_once: int,
    out: Path | None,
    keep: Path | None,
    as_json: bool,
) -> None:
    """Hold the interpreter lock for each of the stalls at evenly spread phases, and count drops.

    Every kind of client watches each session; for every stall and phase there is one session in
    which the stall is timed by that kind's PING, and these make the kind's shares.

    Exit code 0 when the mean absolute error of the law is at most 0.05, else 1; with --phase-s,
    0 when the verdict on each client at its phase was right.
    """
    if out is not None:
        store.writable(out, where="law")
    planned = plan(
        _numbers("stalls", stalls),
        phases_s=(
            even_phases(phases, ping_interval) if phase_s is None else _numbers("phase-s", phase_s)
        ),
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        kinds=client_kinds,
    )
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    with bar:
        task = bar.add_task("law", total=len(planned))
        law = try_law(
            planned,
            at_once=at_once,
            keep=keep,
            progress=lambda share, _: bar.update(task, completed=round(share * len(planned))),
        )
    if phase_s is not None:
        law = replace(law, points=())  # chosen phases are no sample of all phases
    record: dict[str, Any] = {
        "made_utc": Clock().utc(),
        "versions": host.versions(),
        "machine": host.machine(),
        "command": " ".join(["granite-ws", *sys.argv[1:]]),
        **law.to_dict(),
    }
    text = json.dumps(record, indent=1, allow_nan=False)
    if out is not None:
        store.write_text(out / "law.json", text + "\n")
        if phase_s is None:
            picture = draw_law(law.points, ping_interval, ping_timeout)
            store.write_text(out / "law.svg", as_file(picture))
    if as_json:
        click.echo(text)
    else:
        _print(law, by_phase=phase_s is not None)
    sys.exit(0 if _holds(law, by_phase=phase_s is not None) else 1)


def _holds(law: Law, *, by_phase: bool) -> bool:
    error = law.mean_absolute_error
    if by_phase:
        return bool(law.observations) and not law.wrong
    return error is not None and error <= ERROR_BAR


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{option} {text!r} must be numbers with commas") from error
    if not all(0 < number <= 3600 for number in numbers):
        raise click.BadParameter(f"{option} {text!r} must be from 0 to 3600 seconds")
    return numbers


def _print(law: Law, *, by_phase: bool) -> None:
    console = Console()
    console.print(_verdicts(law) if by_phase else _shares(law))
    error = law.mean_absolute_error
    told = "nothing observed" if error is None else f"mean absolute error {error:.3f}"
    console.print(
        f"{law.sessions} sessions, {law.void} void; {'' if by_phase else told + '; '}told the "
        f"phase, the machine was wrong in {len(law.wrong)} of {len(law.observations)}."
    )
    for one in () if by_phase else law.wrong:
        console.print(
            f"Wrong: {one.kind}, stall {one.held_s:.3f} s at phase {one.phase_s:.3f} s, "
            f"{one.excess_s:+.3f} s beyond what it bears; "
            f"{'dropped' if one.dropped else 'held'}."
        )


def _shares(law: Law) -> Table:
    table = Table("client", "stall", "predicted", "observed", "of")
    for point in law.points:
        table.add_row(
            point.kind,
            f"{point.stall_s:.2f} s",
            f"{point.predicted:.2f}",
            f"{point.observed:.2f}",
            str(point.count),
        )
    return table


def _verdicts(law: Law) -> Table:
    table = Table("client", "stall", "phase", "beyond its limit", "limit", "predicted", "observed")
    for one in law.observations:
        table.add_row(
            one.kind,
            f"{one.held_s:.2f} s",
            f"{one.phase_s:.2f} s",
            f"{one.excess_s:+.2f} s",
            one.limit,
            *("drops" if drops else "holds" for drops in (one.predicted, one.dropped)),
        )
    return table

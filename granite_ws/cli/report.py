"""``granite-ws report``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from granite_ws.edges import notebook as notebooks
from granite_ws.edges import store
from granite_ws.edges.model_source import check_named_model
from granite_ws.report.page import render_report
from granite_ws.run import home, judge
from granite_ws.serve import load_for
from granite_ws.settings import Settings

DEFAULT_NOTEBOOK = "notebooks/01-reproduce.ipynb"


@click.command(name="report")
@click.argument("source", type=click.Path(path_type=Path), required=False)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    help="A setting for the notebook; may be given many times.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The HTML file  [default: reports/NAME.html]",
)
def command(
    source: Path | None, parameters: tuple[tuple[str, str], ...], out: Path | None
) -> None:
    """Make an HTML report: one self-contained file that needs no network.

    SOURCE is a notebook, which is run with papermill, or a recorded session's folder, which is
    only read. Without SOURCE: notebooks/01-reproduce.ipynb.

    \b
      granite-ws report
      granite-ws report -p ping_timeout 20 -p duration_s 30 -p data my.csv
      granite-ws report reports/sessions/20260101-120000-co2-pi25-pt120
    """  # noqa: D301
    source = source or home() / DEFAULT_NOTEBOOK
    page = out or home() / "reports" / f"{source.resolve().stem}.html"
    if source.is_dir():
        if parameters:
            raise click.UsageError("-p is for notebooks; a recorded session is only read.")
        session = store.read_session(source)
        verdict = judge(session)
        store.write_text(page, render_report(session, verdict))
        words = verdict.summary
    else:
        words = _from_notebook(source, page, dict(parameters))
    if words:
        click.echo(words)
    click.echo(f"Report: {page}")


def _from_notebook(source: Path, page: Path, given: dict[str, str]) -> str:
    values = {name: yaml.safe_load(value) for name, value in given.items()}
    defaults: dict[str, Any] = notebooks.read_parameters(source)
    # Judged before anything runs: papermill only warns of a name that the notebook lacks.
    settings = Settings.from_mapping({**defaults, **values}, where=source.name)
    load_for(settings)
    check_named_model(settings)
    notebooks.check_writable(page.parent)
    executed = page.with_suffix(".ipynb")
    words = notebooks.execute(source, executed, values)
    notebooks.render(executed, page)
    return words

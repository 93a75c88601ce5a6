"""``granite-ws report``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import yaml

from granite_ws.capacity.plan import RULES as PLAN_RULES
from granite_ws.capacity.plan import Plan
from granite_ws.cli.options import parameters_option
from granite_ws.edges import notebook as notebooks
from granite_ws.edges import store
from granite_ws.edges.model_source import check_named_model
from granite_ws.report import language
from granite_ws.report.page import render_report
from granite_ws.run import home, judge
from granite_ws.serve import load_for
from granite_ws.settings import Settings

DEFAULT_NOTEBOOK = "notebooks/01-reproduce.ipynb"


@click.command(name="report")
@click.argument("source", type=click.Path(path_type=Path), required=False)
@parameters_option("A setting for the notebook")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The HTML file  [default: reports/NAME.html]",
)
@click.option(
    "--lang",
    metavar="|".join(language.LANGUAGES),
    help=f"The page's language  [default: ${language.VARIABLE}, else {language.ENGLISH}]",
)
def command(
    source: Path | None,
    parameters: tuple[tuple[str, str], ...],
    out: Path | None,
    lang: str | None,
) -> None:
    """Make an HTML report: one self-contained file that needs no network.

    SOURCE is a notebook, which is run with papermill, or a recorded session's folder, which is
    only read. Without SOURCE: notebooks/01-reproduce.ipynb.

    \b
      granite-ws report
      granite-ws report -p ping_timeout 20 -p duration_s 30 -p data my.csv
      granite-ws report --lang pt-BR reports/sessions/20260101-120000-co2-pi25-pt120
    """  # noqa: D301
    source = source or home() / DEFAULT_NOTEBOOK
    page = out or home() / "reports" / f"{source.resolve().stem}.html"
    with _speaking(lang or language.current()):
        if not source.is_dir():
            words = _from_notebook(source, page, dict(parameters))
        elif parameters:
            raise click.UsageError("-p is for notebooks; a recorded session is only read.")
        else:
            words = _from_session(source, page)
    if words:
        click.echo(words)
    click.echo(f"Report: {page}")


@contextmanager
def _speaking(lang: str) -> Iterator[None]:
    """What this process and the kernels that it starts say. Raises SettingsError."""
    before = os.environ.get(language.VARIABLE)
    with language.speaking(lang):
        os.environ[language.VARIABLE] = lang
        try:
            yield
        finally:
            os.environ.pop(language.VARIABLE)
            if before is not None:
                os.environ[language.VARIABLE] = before


def _from_session(folder: Path, page: Path) -> str:
    session = store.read_session(folder)
    verdict = judge(session)
    store.write_text(page, render_report(session, verdict))
    return verdict.summary


def _from_notebook(source: Path, page: Path, given: dict[str, str]) -> str:
    values = {name: yaml.safe_load(value) for name, value in given.items()}
    defaults: dict[str, Any] = notebooks.read_parameters(source)
    # Judged before anything runs: papermill only warns of a name that the notebook lacks.
    known = {**defaults, **values}
    planned = {name: known[name] for name in defaults if name in PLAN_RULES}
    Plan.from_names(planned)
    asked = {name: value for name, value in known.items() if name not in planned}
    settings = Settings.from_mapping(asked, where=source.name)
    load_for(settings)
    check_named_model(settings)
    notebooks.check_writable(page.parent)
    executed = page.with_suffix(".ipynb")
    words = notebooks.execute(source, executed, values)
    notebooks.render(executed, page)
    return words

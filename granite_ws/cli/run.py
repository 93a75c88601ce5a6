"""``granite-ws run``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from granite_ws.cli.options import settings_from, settings_options
from granite_ws.cli.progress import shown
from granite_ws.cli.show import print_verdict
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.edges import store
from granite_ws.run import judge, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings


@click.command(name="run")
@settings_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new or empty session folder  [default: a new one under reports/sessions]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON on stdout.")
def command(out: Path | None, as_json: bool, **options: Any) -> None:
    """Run one recorded session and judge it.

    The server runs in a process of its own, a Python client in another; both write down what they
    see. The folder holds session.json, events.jsonl, granite_debug.log and verdict.json.
    """
    session = run_with_progress(settings_from(options), out)
    verdict = judge(session)
    keep_and_tell(session, verdict, as_json=as_json)
    sys.exit(verdict.exit_code)


def keep_and_tell(session: Session, verdict: Verdict, *, as_json: bool, **more: Any) -> None:
    """Writes ``verdict.json``, with what ``more`` there is to know, and shows the verdict."""
    content = verdict.to_dict() | {"session": str(session.folder)} | more
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    store.write_text(session.folder / store.VERDICT_FILE, text + "\n")
    if as_json:
        click.echo(text)
    else:
        print_verdict(verdict, session)


def run_with_progress(settings: Settings, out: Path | None) -> Session:
    """``run_session`` with a bar on stderr; plain lines where stderr is not a terminal."""
    with shown() as tell:
        return run_session(settings, out=out, progress=tell)

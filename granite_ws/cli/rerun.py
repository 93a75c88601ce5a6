"""``granite-ws rerun``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from granite_ws.cli.run import keep_and_tell, run_with_progress
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.errors import SessionError
from granite_ws.report.embedded import Embedded, read_embedded
from granite_ws.report.machine import causes_of
from granite_ws.run import judge, provenance_of


@click.command(name="rerun")
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new or empty session folder  [default: a new one under reports/sessions]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON on stdout.")
def command(report: Path, out: Path | None, as_json: bool) -> None:
    """Run the session of an HTML report again, and say whether it came out the same.

    REPORT is a page of granite-ws report; the settings that it carries are read, and nothing on
    it is executed. Where packages or the data are others than then, a warning says so. The exit
    code is the new verdict's.
    """
    known = read_report(report)
    settings = known.checked(where=report.name)
    warnings = list(differences(known, provenance_of(settings)))
    for words in warnings:
        click.echo(f"granite-ws: warning: {words}", err=True)
    session = run_with_progress(settings, out)
    verdict = judge(session)
    keep_and_tell(
        session,
        verdict,
        as_json=as_json,
        rerun_of=str(report),
        same=came_out_the_same(known, verdict),
        then={"outcome": known.outcome, "causes": list(known.causes)},
        warnings=warnings,
    )
    if not as_json:
        click.echo(_told(known, verdict))
    sys.exit(verdict.exit_code)


def read_report(path: Path) -> Embedded:
    """The session that a page carries. Raises SessionError for a page without just one."""
    try:
        found = read_embedded(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise _refused(path, f"a file that can be read ({error.strerror})") from error
    except ValueError as error:
        raise _refused(path, f"a page of granite-ws report ({error})") from error
    if len(found) != 1:
        count = len(found) or "no"
        raise _refused(path, f"a page of granite-ws report with one session; it has {count}")
    return found[0]


def _refused(path: Path, allowed: str) -> SessionError:
    return SessionError("report", str(path), allowed=allowed, where="rerun")


def differences(known: Embedded, now: Mapping[str, Any]) -> Iterator[str]:
    """What the session was run on then and would not be now, one line each.

    now: provenance, as ``run.provenance_of`` gives it.
    """
    digest = now["data"]["sha256"]
    if known.data and known.data != digest:
        yield f"the data is not the same: SHA-256 {known.data} then, {digest} now"
    for name, then in sorted(known.versions.items()):
        found = now["versions"].get(name, "missing")
        if found != then:
            yield f"{name} was {then} then, is {found} now"


def came_out_the_same(known: Embedded, verdict: Verdict) -> bool:
    """Whether outcome and causes are those of then, in whatever order."""
    return (known.outcome, set(known.causes)) == (verdict.outcome.value, set(causes_of(verdict)))


def _told(known: Embedded, verdict: Verdict) -> str:
    now = _in_words(verdict.outcome.value, causes_of(verdict))
    if came_out_the_same(known, verdict):
        return f"It came out the same: {now}."
    return f"It came out otherwise: {_in_words(known.outcome, known.causes)} then, {now} now."


def _in_words(outcome: str, causes: tuple[str, ...]) -> str:
    return f"{outcome} ({', '.join(causes)})" if causes else outcome or "not recorded"

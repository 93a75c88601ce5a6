"""``granite-ws index``."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import click

from granite_ws.cli.folders import Found, look_through, settings_in
from granite_ws.cli.progress import shown
from granite_ws.edges import store
from granite_ws.edges.shelf import CELLS
from granite_ws.errors import BadInput
from granite_ws.matrix.record import CellRecord
from granite_ws.measured import measured
from granite_ws.report.language import LANGUAGES, speaking
from granite_ws.report.overview import Row, overview, row_of
from granite_ws.run import home, judge
from granite_ws.timeline import SECOND


@click.command(name="index")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="The HTML file  [default: FOLDER/index.html]"
)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="Language of the page."
)
def command(folders: tuple[Path, ...], out: Path | None, lang: str) -> None:
    """Make one page over all recorded runs: sort and filter it in a browser, without a server.

    FOLDERS are looked through for session folders and for results of sweeps; without one:
    reports/. What cannot be read is listed at the page's end, with the reason.

    \b
      granite-ws index
      granite-ws index reports/sweeps/ping-timeout --out ping-timeout.html
    """  # noqa: D301
    places = folders or (home() / "reports",)
    page = out or places[0] / "index.html"
    rows: list[Row] = []
    unreadable: list[tuple[str, str]] = []
    for place in places:
        found = look_through(place, where="index")
        rows += [_cell(sweep, record, page.parent) for sweep, record in found.records]
        rows += _sessions(found, page.parent)
        unreadable += [(str(path), why) for path, why in found.unreadable]
    with speaking(lang):
        store.write_text(page, overview(rows, unreadable=unreadable))
    click.echo(f"{len(rows)} runs, {len(unreadable)} folders that could not be read")
    click.echo(f"Index: {page}")


def _cell(sweep: Path, record: CellRecord, base: Path) -> Row:
    folder = sweep / CELLS / record.key
    link = _link(folder, base, record.files.get("page", "page.html"))
    name = f"{sweep.name} {record.number}"
    known = settings_in(folder / record.files.get("session", "session"))
    return row_of(record, link=link, name=name, known=known)


def _sessions(found: Found, base: Path) -> list[Row]:
    """A row for each session that can be read; the others join the unreadable ones."""
    rows = []
    with shown() as tell:
        for number, folder in enumerate(found.sessions, start=1):
            tell(number / len(found.sessions), folder.name)
            try:
                rows.append(_session(folder, base))
            except BadInput as error:
                found.unreadable.append((folder, str(error)))
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                # An event without what its kind must have: as judging.py meets it.
                words = f"events that cannot be judged ({type(error).__name__}: {error})"
                found.unreadable.append((folder, words))
    return rows


def _session(folder: Path, base: Path) -> Row:
    session = store.read_session(folder)
    verdict = judge(session)
    one = measured(session, verdict)
    timeline = verdict.timeline
    return Row(
        name=session.name,
        result=one.outcome,
        settings=one.settings,
        link=_link(folder, base, "page.html"),
        causes=one.causes,
        metrics=one.metrics,
        seconds=round((timeline.ended_ns - timeline.begun_ns) / SECOND, 1),
        began_utc=str(session.provenance.get("created_utc", "")),
    )


def _link(folder: Path, base: Path, page: str) -> str:
    """Its page where there is one (beside it, or where ``report`` writes it), else the folder."""
    for path in (folder / page, base / f"{folder.name}.html", folder):
        if path.exists():
            return quote(os.path.relpath(path, base).replace(os.sep, "/"))
    return ""

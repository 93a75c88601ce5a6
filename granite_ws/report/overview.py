"""Many runs in one table that people can sort and filter, without a server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from granite_ws.matrix.record import CellRecord, Status
from granite_ws.phrase import mark, say, say_many
from granite_ws.report import language
from granite_ws.report.many import whole_page
from granite_ws.report.sections import Section, templates

# More settings than these get one column together: nobody reads a table of thirty columns.
MOST_SETTINGS = 6
TITLE = mark("Which connections held?")
_GOOD, _OPEN = ("held",), ("unknown", "stopped", "")
RESULTS = {
    "held": say("held"),
    "dropped": say("dropped"),
    "troubled": say("troubled"),
    "unknown": say("unknown"),
    Status.DONE.value: say("done"),
    Status.FAILED.value: say("failed"),
    Status.DIED.value: say("died"),
    Status.TIMED_OUT.value: say("timed out"),
    Status.STOPPED.value: say("stopped"),
}
_METRICS = {
    "drops": say("drops"),
    "stall_p99_ms": say("stall p99, ms"),
    "forecast_p99_ms": say("forecast p99, ms"),
    "delivery_p99_ms": say("delivery p99, ms"),
}


@dataclass(frozen=True)
class Row:
    """One run.

    name:     what tells it from the others; link: its page or folder, relative to the index.
    result:   the session's outcome, or how the cell ended where there was no session.
    settings: by name, as far as they are known.
    metrics:  by name (``metrics.METRICS``).
    seconds:  that were watched; None where nobody knows.
    why:      one line for a run that did not end well.
    """

    name: str
    result: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    causes: Sequence[str] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    seconds: float | None = None
    began_utc: str = ""
    why: str = ""


@dataclass(frozen=True)
class _Column:
    """A heading, how its cells are read, and the words and the sort key of one row's cell."""

    title: str
    role: str
    cell: Callable[[Row], tuple[str, str | float | None]]


def row_of(
    record: CellRecord, *, link: str = "", name: str = "", known: Mapping[str, Any] | None = None
) -> Row:
    """A sweep's cell; ``known`` are settings beside its own parameters, where they were read."""
    done = record.status is Status.DONE
    return Row(
        name=name or language._("cell {number}", number=record.number),
        result=(record.outcome or record.status.value) if done else record.status.value,
        settings={**(known or {}), **record.parameters},
        link=link,
        causes=record.causes,
        metrics=record.metrics,
        seconds=record.session_s or None,
        began_utc=record.began_utc,
        why=record.why,
    )


def overview(
    rows: Sequence[Row], *, title: str = TITLE, unreadable: Sequence[tuple[str, str]] = ()
) -> str:
    """The index page over all runs. unreadable: folders that could not be read, with the reason.

    The same rows give the same bytes.
    """
    parts = [overview_section(rows)]
    if unreadable:
        parts.append(_unreadable(unreadable))
    return whole_page(language._(title), parts, wide=True, with_script=True)


def overview_section(rows: Sequence[Row], *, name: str = "runs", question: str = "") -> Section:
    """The table, with what its rows share above it; the page must carry ``many.script()``."""
    differing, common = _settings(rows)
    columns = _columns(rows, differing)
    drawn = templates().get_template("overview.html.j2").module
    cells = [[column.cell(row) for column in columns] for row in rows]
    html = drawn.overview(  # type: ignore[attr-defined]
        list(zip(rows, cells, strict=True)),
        columns,
        sorted((key, _plain(value)) for key, value in common.items()),
        _labels(columns),
        _result,
    )
    words = say_many("{count} run", "{count} runs", len(rows))
    return Section(name, question, Markup('<div class="gws">{}</div>').format(html), words)


def _unreadable(folders: Sequence[tuple[str, str]]) -> Section:
    drawn = templates().get_template("overview.html.j2").module
    html = drawn.listed(folders)  # type: ignore[attr-defined]
    return Section(
        "unreadable",
        say("What could not be read?"),
        Markup('<div class="gws">{}</div>').format(html),
        say_many("{count} folder", "{count} folders", len(folders)),
    )


# ----------------------------------------------------------------------------------- columns


def _columns(rows: Sequence[Row], settings: Sequence[str]) -> list[_Column]:
    own, together = settings[:MOST_SETTINGS], settings[MOST_SETTINGS:]
    columns = [
        _Column(say("result"), "result", lambda row: (_result(row.result)[0], None)),
        _Column(say("causes"), "causes", lambda row: (", ".join(row.causes), None)),
        *[_Column(title, "number", _metric(name)) for name, title in _METRICS.items()],
        *[_Column(name, "setting", _setting(name)) for name in own],
    ]
    if together:
        columns.append(_Column(say("other settings"), "text", _others(rows, together)))
    return [
        *columns,
        _Column(say("duration, s"), "number", lambda row: _number(row.seconds)),
        _Column(say("when (UTC)"), "text", _when),
    ]


def _setting(name: str) -> Callable[[Row], tuple[str, str | float | None]]:
    def cell(row: Row) -> tuple[str, str | float | None]:
        value = row.settings.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _plain(value), float(value) if is_number and value is not None else None

    return cell


def _others(
    rows: Sequence[Row], names: Sequence[str]
) -> Callable[[Row], tuple[str, str | float | None]]:
    """Only what is unlike most rows: the usual value of each need not be said in every row."""
    usual = {
        name: Counter(_plain(row.settings.get(name)) for row in rows).most_common(1)[0][0]
        for name in names
    }

    def cell(row: Row) -> tuple[str, str | float | None]:
        own = {name: _plain(row.settings[name]) for name in names if name in row.settings}
        return ", ".join(f"{n}={value}" for n, value in own.items() if value != usual[n]), None

    return cell


def _metric(name: str) -> Callable[[Row], tuple[str, str | float | None]]:
    return lambda row: _number(row.metrics.get(name))


def _when(row: Row) -> tuple[str, str | float | None]:
    return row.began_utc[:19].replace("T", " ") or "–", None


def _number(value: float | None) -> tuple[str, str | float | None]:
    """Nothing measured is shown as nothing, and sorted last; never as zero."""
    if value is None:
        return "–", None
    places = 0 if value == int(value) else 1
    return language.number(value, f",.{places}f"), round(float(value), 6)


def _settings(rows: Sequence[Row]) -> tuple[list[str], dict[str, Any]]:
    """The names in which rows differ, those with most values first, and what all share."""
    names = dict.fromkeys(name for row in rows for name in row.settings)
    values = {
        name: {json.dumps(row.settings.get(name), default=str) for row in rows} for name in names
    }
    differing = [name for name in names if len(values[name]) > 1]
    differing.sort(key=lambda name: -len(values[name]))
    common = {name: rows[0].settings[name] for name in names if len(values[name]) == 1}
    return differing, common


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _result(result: str) -> tuple[str, str]:
    """The word for people, and the class that colours it."""
    colour = "yes" if result in _GOOD else "unknown" if result in _OPEN else "no"
    return RESULTS.get(result, result), colour


def _labels(columns: Sequence[_Column]) -> Markup:
    """What stands before each figure on a phone, where the table is a list: as CSS, since 2,000
    rows would otherwise say every heading 2,000 times.
    """
    rules = (
        f".overview td:nth-of-type({place})::before{{content:{_css(column.title)}}}"
        for place, column in enumerate(columns, start=1)
    )
    return Markup("@media (max-width:640px){{{}}}").format(Markup("".join(rules)))  # noqa: S704


def _css(text: str) -> str:
    """A CSS string that ends nothing: whatever is no plain letter is written as its number."""
    said = language.translated(text)
    plain = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in said)
    return f'"{plain}: "'

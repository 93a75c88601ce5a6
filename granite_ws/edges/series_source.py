"""Where series come from: the simulated sensor, statsmodels' public-domain sets, a user's CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import SeriesError
from ..series import Series, fill_gaps, simulate_sensor

SENSOR = "sensor"
SHIPPED: tuple[str, ...] = ("co2", "elnino", "sunspots")
MIN_POINTS = 32
MAX_BYTES = 64 * 1024 * 1024  # a live session reads point by point: more is surely another file

_FACTS = {"co2": (52, "ppm"), "elnino": (12, "°C"), "sunspots": (11, "sunspots")}
_MISSING = {"", "na", "n/a", "nan", "null", "none", "nat", "-", "inf", "+inf", "-inf"}
_ZONE = re.compile(r"\d{1,2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
_DAY_FIRST, _MONTH_FIRST = "%d-%m-%Y", "%m-%d-%Y"
# The usual season of a usual step, in points: a day of hours, a week of days, a year of months.
_SEASONS = {60: 60, 600: 144, 900: 96, 1800: 48, 3600: 24, 86400: 7, 604800: 52}


def load_series(
    name_or_path: str,
    *,
    seed: int,
    length_hint: int,
    timestamp_column: str | None = None,
    value_column: str | None = None,
    period: int | None = None,
) -> Series:
    """The sensor, a shipped series by its name, or the user's CSV file.

    ``seed`` and ``length_hint`` (points) serve the sensor only, the columns and the period a CSV.
    """
    if name_or_path == SENSOR:
        return simulate_sensor(seed, max(length_hint, MIN_POINTS))
    if name_or_path in SHIPPED:
        return load_shipped(name_or_path)
    path = Path(name_or_path)
    if not path.exists() and not path.suffix and len(path.parts) <= 1:
        names = ", ".join((SENSOR, *SHIPPED))
        allowed = f"one of {names}, or the path of a CSV file"
        raise SeriesError("series", name_or_path, allowed=allowed, where="settings")
    return read_csv(
        path, timestamp_column=timestamp_column, value_column=value_column, period=period
    )


# -------------------------------------------------------------------------- shipped series


def load_shipped(name: str) -> Series:
    """One of the public-domain series that statsmodels carries."""
    timestamps, values = read_shipped(name)
    period, unit = _FACTS[name]
    timestamps, values, repairs = fill_gaps(timestamps, values, where=name)
    source = f"statsmodels.datasets.{name}"
    return Series(name, timestamps, values, period, unit=unit, source=source, repairs=repairs)


def read_shipped(name: str) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """A shipped series as statsmodels has it, long and with NaN where a value is missing."""
    if name not in SHIPPED:
        raise SeriesError("series", name, allowed=f"one of {', '.join(SHIPPED)}", where="shipped")
    from statsmodels import datasets  # a second of imports that a user's CSV does not need

    table = getattr(datasets, name).load_pandas().data
    if name == "co2":
        return pd.DatetimeIndex(table.index).as_unit("ns"), table["co2"].to_numpy(dtype=float)
    years = table["YEAR"].astype(int)
    if name == "sunspots":
        timestamps = pd.to_datetime(years.astype(str), format="%Y")
        return pd.DatetimeIndex(timestamps).as_unit("ns"), table["SUNACTIVITY"].to_numpy(float)
    months = [f"{year}-{month:02d}" for year in years for month in range(1, 13)]
    values = table.drop(columns="YEAR").to_numpy(dtype=float).ravel()
    return pd.to_datetime(months, format="%Y-%m").as_unit("ns"), values


# ----------------------------------------------------------------------------- a user's CSV


def read_csv(
    path: str | Path,
    *,
    timestamp_column: str | None = None,
    value_column: str | None = None,
    period: int | None = None,
) -> Series:
    """A user's file as a Series without gaps; every repair is one sentence in ``repairs``.

    Columns are guessed where they are not named: the first that holds timestamps, and the first
    other one that holds numbers. Whatever cannot be read is a SeriesError, never half a series.
    """
    path = Path(path)
    if period is not None and period < 1:
        raise SeriesError("period", period, allowed="1 or more points", where=str(path))
    table = _parse_table(_read_text(path), where=str(path))
    time_column = _pick(table, timestamp_column, "timestamp_column", _is_time, skip=None)
    number_column = _pick(table, value_column, "value_column", _is_number, skip=time_column)
    timestamps, repairs = _timestamps(table, time_column)
    values, more = _numbers(table, number_column)
    repairs += more
    timestamps, values, more = _in_order(timestamps, values)
    repairs += more
    timestamps, values, more = _known_ends(timestamps, values)
    repairs += more
    _refuse_short(len(values), where=table.where)
    timestamps, values, more = fill_gaps(timestamps, values, where=table.where)
    season = _usual_period(timestamps) if period is None else period
    return Series(
        path.stem,
        timestamps,
        values,
        season,
        unit=table.header[number_column],
        source=str(path),
        repairs=repairs + more,
    )


@dataclass(frozen=True)
class _Table:
    """A header and rows of equally many stripped cells; ``lines`` are their lines in the file."""

    where: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    delimiter: str

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.rows]

    def at(self, row: int) -> str:
        return f"{self.where}, line {self.lines[row]}"


def _read_text(path: Path) -> str:
    where = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SeriesError("size", f"{size} bytes", allowed="at most 64 MiB", where=where)
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL inside the path
        reason = getattr(error, "strerror", None) or str(error)
        allowed = f"a CSV file that can be read ({reason})"
        raise SeriesError("file", path.name, allowed=allowed, where=where) from None
    if not raw.strip():
        allowed = "a header and at least 32 rows"
        raise SeriesError("file", "empty", allowed=allowed, where=where)
    # Spreadsheets save UTF-16 as "Unicode text" and the local code page as plain "CSV".
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text_like = wide or not re.search(rb"[\x00-\x08\x0e-\x1f]", raw)
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            if text_like:
                return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SeriesError("file", "binary data", allowed="a text file in CSV form", where=where)


def _parse_table(text: str, *, where: str) -> _Table:
    delimiter = _sniff(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((reader.line_num, [cell.strip() for cell in row]))
    except csv.Error as error:
        line = f"{where}, line {reader.line_num}"
        raise SeriesError("row", str(error), allowed="CSV cells", where=line) from None
    header = found[0][1]
    if any(_looks_like_data(cell) for cell in header):
        allowed = "a first row with column names, such as timestamp,value"
        raise SeriesError("header", delimiter.join(header), allowed=allowed, where=where)
    if len(header) < 2:
        allowed = "two or more columns, separated by comma, semicolon or tab"
        raise SeriesError("header", header[0], allowed=allowed, where=where)
    for line, row in found[1:]:
        if len(row) != len(header):
            allowed = f"{len(header)} cells, as in the header"
            line_of = f"{where}, line {line}"
            raise SeriesError("row", delimiter.join(row), allowed=allowed, where=line_of)
    _refuse_short(len(found) - 1, where=where)
    lines, rows = [line for line, _ in found[1:]], [row for _, row in found[1:]]
    return _Table(where, header, rows, lines, delimiter)


def _sniff(text: str) -> str:
    """The delimiter that cuts the header, best with as many cells as the rows below it have."""
    head = [line for line in text.splitlines() if line.strip()][:20]

    def agreement(delimiter: str) -> tuple[int, int]:
        cells = [len(row) for row in csv.reader(head, delimiter=delimiter)]
        return (sum(count == cells[0] > 1 for count in cells), cells[0])

    return max((";", "\t", ","), key=agreement)


def _looks_like_data(cell: str) -> bool:
    return _is_time([cell]) or _is_number([cell])


# -------------------------------------------------------------------------------- its columns


def _pick(table: _Table, name: str | None, key: str, fits: object, *, skip: int | None) -> int:
    """The index of the named column, or of the first that mostly holds what is looked for."""
    names = ", ".join(table.header)
    if name is not None:
        if name not in table.header:
            raise SeriesError(key, name, allowed=f"one of {names}", where=table.where)
        return table.header.index(name)
    for index in range(len(table.header)):
        if index != skip and callable(fits) and fits(table.column(index)):
            return index
    kind = "timestamps" if key == "timestamp_column" else "numbers"
    allowed = f"a column of {kind}, or its name"
    raise SeriesError(key, f"none of {names}", allowed=allowed, where=table.where)

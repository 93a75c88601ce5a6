"""A user's CSV file as a Series: columns found, read, put in order and repaired, or refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import SeriesError
from ..series import Series, fill_gaps, skipped_steps
from .csv_table import CsvTable, read_table, refuse_short

_MISSING = {"", "na", "n/a", "nan", "null", "none", "nat", "-", "inf", "infinity"}
_ZONE = re.compile(r"\d{1,2}:\d{2}.*?(Z|[+-]\d{2}:?(\d{2})?)$", re.IGNORECASE)
_YEAR = re.compile(r"(1[6-9]|2[0-2])\d\d(\.0+)?")
_EPOCH = re.compile(r"\d{9,19}(\.\d*)?")
_EPOCH_UNITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}  # by the number of digits
_LAST_NS, _NAT_NS = pd.Timestamp.max.value, pd.NaT.value
_DATE = re.compile(r"^(\d{1,4})([/.])(\d{1,2})\2(\d{1,4})")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %H:%M%z", " %H:%M:%S%z", " %I:%M %p")
_DAY_FIRST, _MONTH_FIRST = "%d-%m-%Y", "%m-%d-%Y"
# The usual season of a usual step in seconds: an hour of minutes, a day of hours, a year of weeks.
_SEASONS = {1: 60, 60: 60, 600: 144, 900: 96, 1800: 48, 3600: 24, 86400: 7, 604800: 52}

LARGEST = 1e100  # the square of a larger one overflows, and every forecast needs squares

Columns = tuple[pd.DatetimeIndex, np.ndarray]
Repairs = tuple[str, ...]


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
    if period is not None and period < 1:
        raise SeriesError("period", period, allowed="1 or more points", where=str(path))
    table = read_table(Path(path))
    when = _pick(table, timestamp_column, "timestamp_column", _is_time)
    what = _pick(table, value_column, "value_column", _is_number, taken=when)
    timestamps, zones = _timestamps(table, when)
    values, marks = _numbers(table, what)
    timestamps, values, ordered = _in_order(timestamps, values)
    timestamps, values, trimmed = _known_ends(timestamps, values)
    refuse_short(len(values), where=table.where)
    timestamps, values, filled = fill_gaps(timestamps, values, where=table.where)
    return Series(
        Path(path).stem,
        timestamps,
        values,
        _usual_season(timestamps) if period is None else period,
        unit=table.header[what],
        source=str(path),
        repairs=zones + marks + ordered + trimmed + filled,
    )


# ------------------------------------------------------------------------- finding the columns


def _pick(
    table: CsvTable,
    name: str | None,
    key: str,
    fits: Callable[[list[str]], bool],
    *,
    taken: int | None = None,
) -> int:
    """The index of the named column, or of the first that mostly holds what is looked for."""
    names = ", ".join(table.header)
    if name is not None:
        if name not in table.header:
            raise SeriesError(key, name, allowed=f"one of {names}", where=table.where)
        return table.header.index(name)
    for index in range(len(table.header)):
        if index != taken and fits(table.column(index)):
            return index
    kind = "timestamps" if key == "timestamp_column" else "numbers"
    allowed = f"a column of {kind}; the file has {names}"
    raise SeriesError(key, "not found", allowed=allowed, where=table.where)


def _is_time(cells: list[str]) -> bool:
    known = [cell for cell in cells if cell.lower() not in _MISSING]
    return bool(known) and bool(_parse_times(known).notna().mean() > 0.5)


def _is_number(cells: list[str]) -> bool:
    known = [cell for cell in cells if cell.lower() not in _MISSING]
    return bool(known) and bool(np.isfinite(_parse_numbers(known, ";")).mean() > 0.5)


# ------------------------------------------------------------------------------- timestamps


def _timestamps(table: CsvTable, index: int) -> tuple[pd.DatetimeIndex, Repairs]:
    """(n,) timestamps in UTC without a zone, in the file's order."""
    cells, name = table.column(index), table.header[index]
    aware = np.array([bool(_ZONE.search(cell)) for cell in cells])
    if aware.any() and not aware.all():
        row = int(np.argmin(aware == aware[0]))
        allowed = "a time zone in every row or in none"
        raise SeriesError(name, cells[row], allowed=allowed, where=table.at(row))
    times = _parse_times(cells)
    if times.isna().any():
        row = int(np.argmax(times.isna()))
        allowed = "a timestamp between 1678 and 2261, such as 2024-01-31T12:00:00"
        raise SeriesError(name, cells[row], allowed=allowed, where=table.at(row))
    moved = bool(aware.any()) and not all(_is_utc(cell) for cell in cells)
    repairs = (f"Converted the time zones in {name} to UTC.",) if moved else ()
    return times, repairs


def _is_utc(cell: str) -> bool:
    return cell.upper().endswith(("Z", "+00:00", "+0000", "+00"))


def _parse_times(cells: list[str]) -> pd.DatetimeIndex:
    """(n,) naive UTC, NaT for a cell that is no timestamp."""
    if all(_YEAR.fullmatch(cell) for cell in cells):
        return _to_times([cell[:4] for cell in cells], "%Y")
    if all(_EPOCH.fullmatch(cell) for cell in cells):
        return _parse_epochs(cells)
    dashed = [_DATE.sub(r"\1-\3-\4", cell) for cell in cells]
    iso = _to_times(dashed, "ISO8601")
    if iso.notna().mean() > 0.5:
        return iso
    return _parse_days_and_months(dashed)


def _to_times(cells: list[str], form: str) -> pd.DatetimeIndex:
    parsed = pd.to_datetime(cells, format=form, errors="coerce", utc=True)
    return pd.DatetimeIndex(parsed).tz_localize(None).as_unit("ns")


def _parse_epochs(cells: list[str]) -> pd.DatetimeIndex:
    """Seconds to nanoseconds since 1970, told apart by their number of digits."""
    digits = max(len(cell.split(".")[0]) for cell in cells)
    unit = next(unit for most, unit in _EPOCH_UNITS.items() if digits <= most)
    factor = pd.Timedelta(1, unit=unit).value
    # Decimal, as float64 has only 16 of the 19 digits that nanoseconds need.
    counts = [int(Decimal(cell) * factor) for cell in cells]
    return pd.DatetimeIndex([count if count <= _LAST_NS else _NAT_NS for count in counts])


def _parse_days_and_months(cells: list[str]) -> pd.DatetimeIndex:
    """01/02/2024 both ways round; where both can be read, the one in better order."""
    day_first, month_first = (_with_clock(cells, form) for form in (_DAY_FIRST, _MONTH_FIRST))
    known = day_first.notna().sum(), month_first.notna().sum()
    if known[0] != known[1]:
        return max(day_first, month_first, key=lambda times: times.notna().sum())
    return min((day_first, month_first), key=_disorder)


def _disorder(times: pd.DatetimeIndex) -> tuple[bool, int]:
    """How unlikely a reading is: out of order first, then by the steps it would skip."""
    known = times.dropna()
    skipped = skipped_steps(known.unique().sort_values()) if known.nunique() > 1 else np.zeros(1)
    return not known.is_monotonic_increasing, int(skipped.sum())


def _with_clock(cells: list[str], form: str) -> pd.DatetimeIndex:
    """Days and clock in the form that reads most cells."""
    read = (_to_times(cells, form + clock) for clock in _CLOCKS)
    return max(read, key=lambda times: times.notna().sum())


# ----------------------------------------------------------------------------------- numbers


def _numbers(table: CsvTable, index: int) -> tuple[np.ndarray, Repairs]:
    """(n,) float64 in the file's order, NaN where missing or not finite."""
    cells, name = table.column(index), table.header[index]
    values = _parse_numbers(cells, table.delimiter)
    for row in np.flatnonzero(np.isnan(values)).tolist():
        if cells[row].lower().lstrip("+-") not in _MISSING and cells[row] != "-":
            allowed = "a number, or an empty cell where it is missing"
            raise SeriesError(name, cells[row], allowed=allowed, where=table.at(row))
    if np.isnan(values).all():
        raise SeriesError(name, "only missing values", allowed="numbers", where=table.where)
    _refuse_large(table, index, values)
    infinite = int(np.isinf(values).sum())
    values[np.isinf(values)] = np.nan
    sentence = f"Took {_count(infinite, 'infinite value')} in {name} as missing."
    comma = (f"Read the comma in {name} as the decimal mark.",) if _has_comma(cells, table) else ()
    return values, comma + ((sentence,) if infinite else ())


def _refuse_large(table: CsvTable, index: int, values: np.ndarray) -> None:
    large = np.flatnonzero(np.isfinite(values) & (np.abs(values) > LARGEST))
    if len(large):
        row = int(large[0])
        allowed = f"numbers up to {LARGEST:g}"
        cell = table.rows[row][index]
        raise SeriesError(table.header[index], cell, allowed=allowed, where=table.at(row))


def _has_comma(cells: list[str], table: CsvTable) -> bool:
    return any("," in cell for cell in cells) and _comma_is_decimal(cells, table.delimiter)


def _parse_numbers(cells: list[str], delimiter: str) -> np.ndarray:
    drop, mark = (".", ",") if _comma_is_decimal(cells, delimiter) else (",", ".")
    plain = [cell.replace(drop, "").replace(mark, ".") for cell in cells]
    return np.array([_number(cell) for cell in plain])


def _number(cell: str) -> float:
    try:
        return float(cell) if "_" not in cell else float("nan")
    except ValueError:
        return float("nan")


def _comma_is_decimal(cells: list[str], delimiter: str) -> bool:
    """Where one cell has both marks the last one counts; else the delimiter tells the country."""
    commas = [cell for cell in cells if "," in cell]
    both = [cell for cell in commas if "." in cell]
    if both:
        return both[0].rindex(",") > both[0].rindex(".")
    grouped = all(re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", cell) for cell in commas)
    return bool(commas) and (delimiter != "," or not grouped)


# ------------------------------------------------------------------------------------- order


def _in_order(timestamps: pd.DatetimeIndex, values: np.ndarray) -> tuple[*Columns, Repairs]:
    """Strictly increasing timestamps: sorted, and equal ones made one."""
    repairs: Repairs = ()
    if not timestamps.is_monotonic_increasing:
        wrong = int((np.diff(timestamps.asi8) < 0).sum())
        order = np.argsort(timestamps.asi8, kind="stable")
        timestamps, values = timestamps[order], values[order]
        repairs += (f"Sorted by time: {_count(wrong, 'row')} stood before an earlier one.",)
    if timestamps.is_unique:
        return timestamps, values, repairs
    groups = pd.Series(values).groupby(timestamps.asi8)
    conflicts = int((groups.nunique() > 1).sum())
    same = int((groups.size() > 1).sum()) - conflicts
    if same:
        repairs += (f"Dropped repeated rows at {_count(same, 'timestamp')}.",)
    if conflicts:
        repairs += (f"Took the mean at {_count(conflicts, 'timestamp')} with conflicting values.",)
    means = groups.mean()
    return pd.DatetimeIndex(means.index.to_numpy()), means.to_numpy(dtype=float), repairs


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _known_ends(timestamps: pd.DatetimeIndex, values: np.ndarray) -> tuple[*Columns, Repairs]:
    """Without the missing values at both ends, which nothing could be interpolated from."""
    known = np.flatnonzero(~np.isnan(values))
    kept = slice(int(known[0]), int(known[-1]) + 1)
    lost = len(values) - (kept.stop - kept.start)
    repairs = (f"Left out {_count(lost, 'missing value')} at the ends.",) if lost else ()
    return timestamps[kept], values[kept], repairs


def _usual_season(timestamps: pd.DatetimeIndex) -> int:
    """The season in points that usually goes with this step; 1 where none is usual."""
    seconds = float(np.median(np.diff(timestamps.asi8))) / 1e9
    days = seconds / 86400
    if 28 <= days <= 31:
        return 12
    if 89 <= days <= 92:
        return 4
    if days == 1 and not (timestamps.dayofweek >= 5).any():
        return 5
    return _SEASONS.get(int(seconds), 1) if seconds == int(seconds) else 1

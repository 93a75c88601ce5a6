"""A user's columns are found, read and repaired, and every repair is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from granite_ws.edges.csv_series import read_csv
from granite_ws.errors import SeriesError
from granite_ws.series import Series

HOURS = pd.date_range("2024-01-01", periods=40, freq="h")
Line = Callable[[int, pd.Timestamp], str]
Reader = Callable[..., Series]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Write 40 hourly lines under a header, and read them as a user's file."""

    def write_and_read(line: Line, header: str = "timestamp,value", **asked: object) -> Series:
        path = tmp_path / "mine.csv"
        rows = [line(k, when) for k, when in enumerate(HOURS)]
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return read_csv(path, **asked)  # type: ignore[arg-type]

    return write_and_read


# ------------------------------------------------------------------------------- timestamps


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
        "%d/%m/%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%m/%d/%Y %I:%M %p",
        "%Y-%m-%dT%H:%M:%SZ",
    ],
)
def test_forms_of_timestamps(read: Reader, form: str) -> None:
    """ISO and the usual day-and-month forms name the same hours, without a repair."""
    series = read(lambda k, when: f"{when:{form}},{k}")
    assert series.timestamps.equals(HOURS)
    assert series.repairs == ()


def test_months_before_days(read: Reader) -> None:
    """A day above 12 settles that the month stands first."""
    series = read(lambda k, when: f"{when + pd.Timedelta(days=k):%m/%d/%Y},{k}")
    assert pd.Timestamp("2024-02-10") == series.timestamps[-1]


@pytest.mark.parametrize(("factor", "unit"), [(1, "s"), (1000, "ms"), (10**6, "us")])
def test_epochs(read: Reader, factor: int, unit: str) -> None:
    """Numbers since 1970 are told apart by their digits."""
    series = read(lambda k, when: f"{int(when.timestamp()) * factor},{k}")
    assert series.timestamps.equals(HOURS)


def test_epochs_keep_their_fractions(read: Reader) -> None:
    """A quarter of a second survives ten digits of seconds."""
    series = read(lambda k, _: f"{1_700_000_000 + k / 4},{k}")
    assert series.timestamps[1] - series.timestamps[0] == pd.Timedelta(milliseconds=250)


@pytest.mark.parametrize("first", [9_999_999_900, 9_999_999_999_999_999_900])
def test_epochs_beyond_the_calendar_are_refused(read: Reader, first: int) -> None:
    """Seconds or nanoseconds after 2262 are no timestamps that we could count in."""
    with pytest.raises(SeriesError, match="timestamp_column"):
        read(lambda k, _: f"{first + k},{k}")


def test_years(read: Reader) -> None:
    """Bare years are the first of January."""
    series = read(lambda k, _: f"{1900 + k},{k}")
    assert pd.Timestamp("1939-01-01") == series.timestamps[-1]


def test_zones_become_utc(read: Reader) -> None:
    """Rows with different zones meet on one UTC clock, and the repair says so."""
    hour = pd.Timedelta(hours=1)
    series = read(lambda k, when: f"{when}+00:00,{k}" if k % 2 else f"{when + hour}+01:00,{k}")
    assert series.timestamps.equals(HOURS)
    assert series.repairs == ("Converted the time zones in timestamp to UTC.",)


def test_zone_in_one_row_only_is_refused(read: Reader) -> None:
    """A row without a zone among rows with one cannot be placed; its line is named."""
    with pytest.raises(
        SeriesError, match=r"line 9: timestamp = .*07:00:00': a time zone in every"
    ):
        read(lambda k, when: f"{when}{'' if k == 7 else 'Z'},{k}")


@pytest.mark.parametrize("bad", ["oops", "", "2024-13-01", "1200-01-01"])
def test_bad_timestamp_names_its_line(read: Reader, bad: str) -> None:
    """One cell that is no timestamp refuses the file, with line and cell."""
    with pytest.raises(SeriesError, match=f"line 10: timestamp = '{bad}': a timestamp between"):
        read(lambda k, when: f"{bad if k == 8 else when},{k}")


# ----------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("cell", "delimiter", "expected"),
    [
        ("1234.5", ",", 1234.5),
        ('"1,234.5"', ",", 1234.5),
        ('"1,234"', ",", 1234.0),
        ('"1234,5"', ",", 1234.5),
        ("1234,5", ";", 1234.5),
        ("1.234,5", ";", 1234.5),
        ("1,234.5", ";", 1234.5),
        ("-1e-3", ";", -0.001),
    ],
)
def test_marks_in_numbers(read: Reader, cell: str, delimiter: str, expected: float) -> None:
    """Decimal and thousands marks of both kinds are read as their country writes them."""
    series = read(lambda _, when: f"{when}{delimiter}{cell}", f"t{delimiter}v")
    assert np.all(series.values == expected)
    said = "Read the comma in v as the decimal mark." in series.repairs
    assert said == cell.strip('"').endswith(",5")


def test_bad_number_names_its_line(read: Reader) -> None:
    """One word among numbers refuses the file, with line and cell."""
    with pytest.raises(SeriesError, match="line 10: value = 'oops': a number, or an empty cell"):
        read(lambda k, when: f"{when},{'oops' if k == 8 else k}")


def test_too_large_number_is_refused(read: Reader) -> None:
    """A number whose square overflows never reaches a forecast."""
    with pytest.raises(SeriesError, match=r"line 10: value = '1e300': numbers up to 1e\+100"):
        read(lambda k, when: f"{when},{'1e300' if k == 8 else k}")


@pytest.mark.parametrize("cell", ["", "NaN", "n/a", "null", "-"])
def test_missing_values_are_interpolated(read: Reader, cell: str) -> None:
    """A missing value in a straight line comes back on the line."""
    series = read(lambda k, when: f"{when},{cell if k == 8 else k}")
    np.testing.assert_allclose(series.values, np.arange(40.0))
    assert series.repairs == ("Interpolated 1 of 40 points that were missing (2.5%).",)


def test_infinite_values_are_missing(read: Reader) -> None:
    """Infinities are interpolated like missing values, and counted."""
    series = read(lambda k, when: f"{when},{'inf' if k == 8 else '-inf' if k == 9 else k}")
    np.testing.assert_allclose(series.values, np.arange(40.0))
    assert "Took 2 infinite values in value as missing." in series.repairs


def test_missing_ends_are_left_out(read: Reader) -> None:
    """Nothing is invented before the first known value or behind the last."""
    series = read(lambda k, when: f"{when},{'' if k in (0, 39) else k}")
    assert (series.values[0], series.values[-1], len(series)) == (1.0, 38.0, 38)
    assert series.repairs == ("Left out 2 missing values at the ends.",)


def test_many_missing_values_are_refused(read: Reader) -> None:
    """A fifth of the grid missing is refused."""
    with pytest.raises(SeriesError, match=r"missing values = '8 of 40.*at most 10 %"):
        read(lambda k, when: f"{when},{'' if k % 5 == 2 else k}")


# ------------------------------------------------------------------------------------- order


def test_wrong_order_is_sorted(read: Reader) -> None:
    """Rows from new to old come out from old to new, and the repair says so."""
    series = read(lambda k, _: f"{HOURS[39 - k]},{k}")
    assert series.timestamps.equals(HOURS)
    assert (series.values[0], series.values[-1]) == (39.0, 0.0)
    assert "39 rows stood before an earlier one" in series.repairs[0]


def test_repeated_rows_become_one(read: Reader) -> None:
    """A row said twice is kept once; a timestamp with two values gets their mean."""

    def line(k: int, when: pd.Timestamp) -> str:
        again = {3: f"\n{when},3", 5: f"\n{when},9"}
        return f"{when},{k}{again.get(k, '')}"

    series = read(line)
    assert (len(series), series.values[3], series.values[5]) == (40, 3.0, 7.0)
    assert series.repairs == (
        "Dropped repeated rows at 1 timestamp.",
        "Took the mean at 1 timestamp with conflicting values.",
    )


def test_one_timestamp_is_too_short(read: Reader) -> None:
    """Forty rows of one moment are one point."""
    with pytest.raises(SeriesError, match="length = '1 points'"):
        read(lambda k, _: f"{HOURS[0]},{k}")


# ----------------------------------------------------------------------------------- columns


def test_columns_are_guessed(read: Reader) -> None:
    """The first timestamps and the first other numbers are taken, words are passed over."""
    series = read(lambda k, when: f"north,{when},{k},{-k}", "place,when,a,b")
    assert (series.unit, series.values[-1]) == ("a", 39.0)


def test_named_columns_win(read: Reader) -> None:
    """Named columns are taken whatever stands before them."""
    series = read(lambda k, when: f"2000-01-01,{when},{k},{-k}", "a,when,b,c",
                  timestamp_column="when", value_column="c")  # fmt: skip
    assert (series.unit, series.values[-1]) == ("c", -39.0)


@pytest.mark.parametrize("key", ["timestamp_column", "value_column"])
def test_unknown_column_lists_the_header(read: Reader, key: str) -> None:
    """A column that the file lacks is answered with those it has."""
    with pytest.raises(SeriesError, match=f"{key} = 'x': one of timestamp, value"):
        read(lambda k, when: f"{when},{k}", **{key: "x"})


@pytest.mark.parametrize(
    ("line", "key"),
    [(lambda k, when: f"{when},abc", "value_column"), (lambda k, _: f"x{k},{k}", "timestamp_col")],
)
def test_file_without_a_column_is_refused(read: Reader, line: Line, key: str) -> None:
    """A file without numbers, or without timestamps, says which of the two it lacks."""
    with pytest.raises(SeriesError, match=f"{key}.*not found.*the file has timestamp, value"):
        read(line)


@pytest.mark.parametrize(
    ("freq", "season"), [("min", 60), ("h", 24), ("D", 7), ("MS", 12), ("QS", 4), ("YS", 1)]
)
def test_season_follows_from_the_step(tmp_path: Path, freq: str, season: int) -> None:
    """Without a period the usual season of the step is taken; a given period wins."""
    path = tmp_path / "steps.csv"
    times = pd.date_range("1990-01-01", periods=40, freq=freq)
    pd.DataFrame({"t": times, "v": range(40)}).to_csv(path, index=False)
    assert season == read_csv(path).period
    assert read_csv(path, period=9).period == 9


def test_period_zero_is_refused(read: Reader) -> None:
    """A season has at least one point."""
    with pytest.raises(SeriesError, match="period = 0: 1 or more"):
        read(lambda k, when: f"{when},{k}", period=0)

"""The sensor, the shipped series and a user's file, each chosen by one word."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from statsmodels import datasets

from granite_ws.edges.series_source import (
    SHIPPED,
    load_series,
    load_shipped,
    read_csv,
    read_shipped,
)
from granite_ws.errors import SeriesError
from granite_ws.series import simulate_sensor

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


@pytest.mark.parametrize(
    ("name", "rows", "first", "last", "period"),
    [
        ("co2", 2284, "1958-03-29", "2001-12-29", 52),
        ("elnino", 732, "1950-01-01", "2010-12-01", 12),
        ("sunspots", 309, "1700-01-01", "2008-01-01", 11),
    ],
)
def test_shipped_series_have_their_span(
    name: str, rows: int, first: str, last: str, period: int
) -> None:
    """Each shipped series has the rows, span and period of the data dictionary, and no gap."""
    series = load_shipped(name)
    assert (rows, period) == (len(series), series.period)
    assert [first, last] == [f"{series.timestamps[k]:%Y-%m-%d}" for k in (0, -1)]
    assert np.all(np.isfinite(series.values))
    assert series.timestamps.is_monotonic_increasing


def test_co2_says_that_it_was_interpolated() -> None:
    """The 59 weeks without a measurement are counted in the repairs; the others have none."""
    assert load_shipped("co2").repairs == (
        "Interpolated 59 of 2284 points that were missing (2.6%).",
    )
    assert load_shipped("elnino").repairs == load_shipped("sunspots").repairs == ()


def test_elnino_reads_year_after_year() -> None:
    """The wide table of twelve months becomes long: December 1950 stands before January 1951."""
    table = datasets.elnino.load_pandas().data
    values = load_shipped("elnino").values
    assert [table["DEC"][0], table["JAN"][1]] == list(values[11:13])
    assert table["DEC"].iloc[-1] == values[-1]


@pytest.mark.parametrize("name", SHIPPED)
def test_csv_is_what_statsmodels_ships(name: str) -> None:
    """Our CSV, read as any user's file, is the shipped series, bit for bit."""
    ours, theirs = read_csv(DATA / f"{name}.csv"), load_shipped(name)
    assert ours.timestamps.equals(theirs.timestamps)
    assert np.array_equal(ours.values, theirs.values)
    assert ours.repairs == theirs.repairs


def test_co2_csv_leaves_missing_values_empty() -> None:
    """The file invents nothing: its empty cells are where statsmodels has no value."""
    cells = [line.split(",")[1] for line in (DATA / "co2.csv").read_text().splitlines()[1:]]
    assert [cell == "" for cell in cells] == list(np.isnan(read_shipped("co2")[1]))


def test_manifest_describes_every_file() -> None:
    """Each CSV has one entry, whose hash and rows are those of the file."""
    entries = json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))
    assert list(SHIPPED) == [entry["name"] for entry in entries]
    for entry in entries:
        content = (DATA / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert content.count(b"\n") - 1 == entry["rows"]


def test_export_is_byte_identical(tmp_path: Path) -> None:
    """Running the export again writes the files that are in data/."""
    command = [sys.executable, "scripts/export_series.py", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True, timeout=60)
    for written in tmp_path.iterdir():
        assert (DATA / written.name).read_bytes() == written.read_bytes()
    assert len(list(tmp_path.iterdir())) == len(SHIPPED) + 1


def test_the_word_chooses_the_source(tmp_path: Path) -> None:
    """`sensor`, a shipped name and a path each lead to their own series."""
    path = tmp_path / "mine.csv"
    path.write_text("t,v\n" + "".join(f"2024-01-01 00:{k:02d},{k}\n" for k in range(40)))
    sensor = load_series("sensor", seed=5, length_hint=80)
    assert np.array_equal(sensor.values, simulate_sensor(5, 80).values)
    assert load_series("sunspots", seed=5, length_hint=80).name == "sunspots"
    assert load_series(str(path), seed=5, length_hint=80).name == "mine"


@pytest.mark.parametrize("word", ["c02", "", "Sensor"])
def test_unknown_word_lists_the_choices(word: str) -> None:
    """A word that is no series and no file is answered with all that would be."""
    choices = "one of sensor, co2, elnino, sunspots, or the path of a CSV file"
    with pytest.raises(SeriesError, match=choices):
        load_series(word, seed=1, length_hint=10)


def test_unknown_shipped_name_is_refused() -> None:
    """Only the three names are looked up in statsmodels, whatever else it carries."""
    with pytest.raises(SeriesError, match="one of co2, elnino, sunspots"):
        load_shipped("macrodata")

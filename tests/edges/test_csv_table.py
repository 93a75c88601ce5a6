"""Files that are no usable table are refused in one line that says what would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges.csv_table import MAX_BYTES, parse_table, read_table
from granite_ws.errors import SeriesError

ROWS = "".join(f"2024-01-01 00:{k:02d},{k}\n" for k in range(40))
GOOD = "timestamp,value\n" + ROWS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "file = 'empty'"),
        (b" \n\n", "file = 'empty'"),
        (b"\xef\xbb\xbf", "file = 'empty'"),
        (b",,\n,\n", "file = 'blank'"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "binary data"),
        (ROWS.encode(), "header = '2024-01-01 00:00,0'.*a first row with column names"),
        (b"value\n" + b"1\n" * 40, "two or more columns"),
        (b"timestamp,value\n", "length = '0 points': 32 or more points"),
        (GOOD[:200].rsplit("\n", 1)[0].encode(), "length = '9 points'"),
        ((GOOD + "2024-01-02,1,2\n").encode(), "line 42: row = '2024-01-02,1,2': 2 cells"),
        ((GOOD + '"2024-01-02,1\n').encode(), "line 42: row"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Each unusable content has its own message, in one line, with the file's name."""
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(SeriesError, match=said) as caught:
        read_table(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "said"), [("none.csv", "No such file"), (".", "directory")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, said: str) -> None:
    """A missing file and a folder are told apart in the system's own words."""
    with pytest.raises(SeriesError, match=said):
        read_table(tmp_path / name)


def test_enormous_file_is_refused_unread(tmp_path: Path) -> None:
    """Beyond 64 MiB only the size is looked at."""
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(SeriesError, match="at most 64 MiB"):
        read_table(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_spreadsheets_are_read(tmp_path: Path, encoding: str) -> None:
    """What spreadsheets save, with or without a byte order mark, has the same header."""
    path = tmp_path / "sheet.csv"
    path.write_bytes(("hora;café\n" + ROWS.replace(",", ";")).encode(encoding))
    assert read_table(path).header == ["hora", "café"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(delimiter: str) -> None:
    """Comma, semicolon and tab each cut the same cells."""
    table = parse_table(GOOD.replace(",", delimiter), where="t")
    assert (delimiter, ["0", "1"]) == (table.delimiter, table.column(1)[:2])


def test_decimal_commas_do_not_cut() -> None:
    """A comma in every row and in the header is no delimiter beside a semicolon that fits."""
    rows = "".join(f"2024-01-01 00:{k:02d};{k},5\n" for k in range(40))
    assert parse_table("t;v, kWh\n" + rows, where="t").column(1)[:2] == ["0,5", "1,5"]


def test_lines_are_counted_in_the_file() -> None:
    """Blank lines are no rows, but they count where a message names a line."""
    table = parse_table("timestamp,value\n\n\n" + ROWS, where="t")
    assert table.at(0) == "t, line 4"

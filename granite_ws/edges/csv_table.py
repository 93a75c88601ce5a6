"""A CSV file as a header and equally long rows, whatever its delimiter and encoding."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import SeriesError

MAX_BYTES = 64 * 1024 * 1024  # a live session reads point by point: more is surely another file
MIN_POINTS = 32

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_NUMBER_LIKE = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(e[+-]?\d+)?", re.IGNORECASE)
_DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class CsvTable:
    """A header and rows of as many stripped cells; ``lines`` are the rows' lines in the file."""

    where: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    delimiter: str

    def column(self, index: int) -> list[str]:
        """The cells of one column, top to bottom."""
        return [row[index] for row in self.rows]

    def at(self, row: int) -> str:
        """Where a row stands, for a message: file and line."""
        return f"{self.where}, line {self.lines[row]}"


def read_table(path: Path) -> CsvTable:
    """The file's table; raises SeriesError for what is no CSV with a header and 32 rows."""
    return parse_table(_read_text(path), where=str(path))


def refuse_short(points: int, *, where: str) -> None:
    """Raise SeriesError for a series that is too short to forecast."""
    if points < MIN_POINTS:
        allowed = f"{MIN_POINTS} or more points"
        raise SeriesError("length", f"{points} points", allowed=allowed, where=where)


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
        raise SeriesError("file", "empty", allowed="a header and 32 or more rows", where=where)
    text = _decode(raw)
    if text is None:
        raise SeriesError("file", "binary data", allowed="a text file in CSV form", where=where)
    if not text.strip():  # a lone byte order mark
        raise SeriesError("file", "empty", allowed="a header and 32 or more rows", where=where)
    return text


def _decode(raw: bytes) -> str | None:
    """The text, or None for binary data."""
    # Spreadsheets save UTF-16 as "Unicode text" and the local code page as plain "CSV".
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and _CONTROL.search(raw):
        return None
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def parse_table(text: str, *, where: str) -> CsvTable:
    """The table in a text that is not blank; ``where`` names its origin in messages."""
    delimiter = _sniff(text)
    found = _cells(text, delimiter, where=where)
    header, body = found[0][1], found[1:]
    if any(_looks_like_data(cell) for cell in header):
        allowed = "a first row with column names, such as timestamp,value"
        raise SeriesError("header", delimiter.join(header), allowed=allowed, where=where)
    if len(header) < 2:
        allowed = "two or more columns, separated by comma, semicolon or tab"
        raise SeriesError("header", header[0], allowed=allowed, where=where)
    for line, row in body:
        if len(row) != len(header):
            raise SeriesError(
                "row",
                delimiter.join(row),
                allowed=f"{len(header)} cells, as in the header",
                where=f"{where}, line {line}",
            )
    refuse_short(len(body), where=where)
    lines, rows = [line for line, _ in body], [row for _, row in body]
    return CsvTable(where, header, rows, lines, delimiter)


def _cells(text: str, delimiter: str, *, where: str) -> list[tuple[int, list[str]]]:
    """(line, stripped cells) of every row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    found = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                found.append((reader.line_num, cells))
    except csv.Error as error:
        line = f"{where}, line {reader.line_num}"
        raise SeriesError("row", str(error), allowed="CSV cells", where=line) from None
    if not found:
        raise SeriesError("file", "blank", allowed="a header and 32 or more rows", where=where)
    return found


def _sniff(text: str) -> str:
    """The delimiter that gives most of the first rows as many cells as the header has."""
    head = [line for line in text.splitlines() if line.strip()][:20]

    def agreement(delimiter: str) -> tuple[int, int]:
        # Counting outside quotes by hand: a broken quote is for the real reader to report.
        cells = [len(re.sub(r'"[^"]*"', "", line).split(delimiter)) for line in head]
        return sum(count == cells[0] > 1 for count in cells), cells[0]

    return max((";", "\t", ","), key=agreement)


def _looks_like_data(cell: str) -> bool:
    return bool(_NUMBER_LIKE.fullmatch(cell) or _DATE_LIKE.fullmatch(cell))

"""Fronts of log lines, as each program writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.reading.linestamps import (
    DAY_NS,
    NANO,
    StampedLine,
    StampReader,
    place,
    read_stamp,
    without_echoes,
)

NOON = int(datetime(2026, 1, 2, 12, 0, 5, tzinfo=UTC).timestamp()) * NANO


@pytest.mark.parametrize(
    ("line", "message", "level", "at_ns"),
    [
        ("2026-01-02 12:00:05,250 INFO    [A] b", "[A] b", "INFO", NOON + 250_000_000),
        ("2026-01-02T14:00:05.25+02:00 WARNING x", "x", "WARNING", NOON + 250_000_000),
        ("2026-01-02T12:00:05.123456789Z x", "x", "", NOON + 123_456_789),
        ("2026-01-02 12:00:05 - engineio.server - ERROR - x", "x", "ERROR", NOON),
        ("INFO:p-12:t-140:socket.py:send:sid: x", "sid: x", "INFO", None),
        ("WARNING:engineio.client:x, aborting", "x, aborting", "WARNING", None),
        ("127.0.0.1 - - [02/Jan/2026 12:00:05] code 400, m", "code 400, m", "", NOON),
        ('1.2.3.4 - me [02/Jan/2026:13:00:05 +0100] "GET', '"GET', "", NOON),
        ("[2026-01-02 12:00:05 +0000] [77] [CRITICAL] WORKER", "WORKER", "CRITICAL", NOON),
        ("2026/01/02 12:00:05 [error] 7#7: *9 upstream", "upstream", "ERROR", NOON),
        ("INFO:     Started server process [7]", "Started server process [7]", "INFO", None),
        ("[12:00:05.250] disconnect x", "disconnect x", "", 43_205_250_000_000),
        ("\x1b[31mERROR\x1b[0m: x", "x", "ERROR", None),
        ("2026-13-45 12:00:05 x", "x", "", None),
        ("no front at all 2026-01-02 12:00:05", "no front at all 2026-01-02 12:00:05", "", None),
    ],
)
def test_a_front_is_taken_off(line: str, message: str, level: str, at_ns: int | None) -> None:
    """Time, level and message of each program's format; a time in the message is no stamp."""
    found = read_stamp(line)
    assert (message, level, at_ns) == (found.message, found.level, found.at_ns)


@given(st.text(max_size=120))
def test_any_text_is_taken_apart_without_an_error(text: str) -> None:
    """Never an exception, and the message is the text's own end."""
    found = read_stamp(text)
    assert found.at_ns is None or found.at_ns >= 0 or found.dated


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)),
    st.sampled_from([" ", "T"]),
    st.sampled_from([",", "."]),
)
def test_a_written_time_is_read_back(moment: datetime, between: str, point: str) -> None:
    """The millisecond that ``logging`` writes is the one that is read, as UTC."""
    text = (
        moment.strftime(f"%Y-%m-%d{between}%H:%M:%S") + f"{point}{moment.microsecond // 1000:03d}"
    )
    whole = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    expected = int(whole.replace(microsecond=0).timestamp()) * NANO + whole.microsecond * 1000
    assert expected == read_stamp(f"{text} INFO x").at_ns


def test_without_times_lines_are_only_numbered() -> None:
    """1, 2, 3, and each says that it has no time."""
    placed = place([read_stamp("a"), read_stamp("b"), read_stamp("c")])
    assert [(1, True), (2, True), (3, True)] == [(p.at_ns, p.timeless) for p in placed]


def test_a_line_without_a_time_stands_behind_its_neighbour() -> None:
    """Between two stamped lines; it is marked, they are not; the first line comes before all."""
    lines = ["front", "12:00:01 a", "trace", "12:00:02 b"]
    placed = place([read_stamp(line) for line in lines])
    assert [True, False, True, False] == [p.timeless for p in placed]
    times = [p.at_ns for p in placed]
    assert sorted(times) == times
    assert NANO == times[3] - times[1]


def test_lines_of_one_millisecond_keep_their_order() -> None:
    """Each of them is a nanosecond later than the one before."""
    placed = place([read_stamp("2026-01-02 12:00:05,250 a")] * 3)
    assert [0, 1, 2] == [p.at_ns - placed[0].at_ns for p in placed]
    assert placed[0].utc.startswith("2026-01-02T12:00:05.250000+00:00")


def test_a_clock_without_a_date_passes_midnight() -> None:
    """23:59:59 and 00:00:01 are two seconds apart; a small step back is not a new day."""
    placed = place([read_stamp("23:59:59 a"), read_stamp("00:00:01 b"), read_stamp("00:00:00 c")])
    assert [2 * NANO, -NANO] == [
        placed[1].at_ns - placed[0].at_ns,
        placed[2].at_ns - placed[1].at_ns,
    ]
    assert placed[1].at_ns > DAY_NS


def test_an_echo_is_dropped_and_a_repetition_kept() -> None:
    """Bare and formatted are one record; the same formatted line twice is two."""
    lines = ["x: gone", "INFO:engineio.server:x: gone", "x: gone", "INFO:engineio.server:x: gone"]
    kept = without_echoes([read_stamp(line) for line in lines])
    assert [True, False, True, False] == [line.echo for line in kept]
    assert ["", "x: gone"] * 2 == [line.message for line in kept]


def test_a_traceback_between_a_line_and_its_echo_does_not_count() -> None:
    """However long it is, the bare head of the record is known as the formatted one's echo."""
    trace = ["Traceback (most recent call last):", *["  File"] * 9, "ValueError: x"]
    lines = ["handler error", *trace, "ERROR:engineio.server:handler error", *trace]
    kept = without_echoes([read_stamp(line) for line in lines])
    assert [0] == [number for number, line in enumerate(kept) if line.echo]


@given(st.lists(st.sampled_from(["a", "INFO:app:a", "INFO a", "b", ""]), max_size=12))
def test_no_formatted_line_is_ever_dropped(texts: list[str]) -> None:
    """Only bare lines go, and never the last copy of a message."""
    lines: list[StampedLine] = [read_stamp(text) for text in texts]
    kept = without_echoes(lines)
    assert [line for line in lines if not line.bare] == [line for line in kept if not line.bare]
    assert {line.message for line in lines} - {""} == {line.message for line in kept} - {""}
    assert len(lines) == len(kept)


_PIECES = st.sampled_from(
    [
        "2026-01-02 12:00:05,250",
        "2026-01-02 12:00:05",
        "12:00:05",
        "[02/Jan/2026 12:00:05]",
        "INFO",
        "[ERROR]",
        "error",
        "engineio.server",
        "granite_ws.serve",
        "p-1:t-2:file.py:func:",
        "[123]",
        "Sending packet",
        "session-id-00000AAAA: Sending packet PING data ",
        'session-id-00000AAAA: Received packet MESSAGE data 2["x"]',
        "Received packet PING data",
        "[32m",
        "\x1b[0m",
        "7",
        "x",
    ]
)
_GLUE = st.sampled_from(["", " ", ": ", " - ", "|", "]", "  "])


@given(st.lists(st.lists(st.tuples(_PIECES, _GLUE), max_size=6), max_size=6))
def test_the_line_before_changes_nothing(lines: list[list[tuple[str, str]]]) -> None:
    """A front that was read a moment ago is read the same, whatever follows it."""
    texts = ["".join(piece + glue for piece, glue in line) for line in lines]
    texts = [text for text in texts for _ in range(2)] + [text + "y" for text in texts]
    reader = StampReader()
    assert [read_stamp(text) for text in texts] == [reader.read(text) for text in texts]

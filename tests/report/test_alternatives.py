"""The alternatives as a picture, a line for each load, and a table."""

from __future__ import annotations

from dataclasses import replace

from granite_ws.alternatives import entries
from granite_ws.report.alternatives import (
    alternatives_picture,
    alternatives_table,
    recommendations,
)
from tests.report.many_records import EVIL, alternatives

FOUND = entries(alternatives())


def test_the_picture_says_who_is_lost_and_how_long_it_takes() -> None:
    """Losses, seconds, and where nothing crashed; the alternative text has the conclusions."""
    shown = alternatives_picture(FOUND)
    for words in ("4 lost", "0.11 s", "5.6 s", "no crash came", "process: nobody lost"):
        assert words in shown.html, words
    assert shown.html == alternatives_picture(FOUND).html


def test_the_table_has_a_row_for_each() -> None:
    """Whole numbers, a dash for what was not measured."""
    shown = alternatives_table(FOUND)
    assert (len(FOUND), True) == (shown.html.count("<tr>") - 1, "5600" in shown.html)
    assert "–" in shown.html


def test_each_load_has_its_line() -> None:
    """The load and what to choose."""
    assert "crash" in recommendations(FOUND).html


def test_what_a_record_says_is_escaped() -> None:
    """A record is a file that anybody may have written."""
    evil = [replace(alternatives()[0], parameters={"executor": EVIL, "load": "steady"})]
    shown = (alternatives_picture(entries(evil)), alternatives_table(entries(evil)))
    assert not any(EVIL in one.html for one in shown)

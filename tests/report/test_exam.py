"""The page of the exam."""

from __future__ import annotations

from granite_ws.report.exam import bars, marks_as_markdown, passed
from granite_ws.scoring import mark
from tests.test_scoring import row

RECORD = {
    "command": "granite-ws exam",
    "made_utc": "2026-01-01T00:00:00+00:00",
    "machine": {"cores": 2},
}


def good() -> list:
    faults = ("a", "b", "c", "d")
    rows = [row(name, name, symptoms={"r": "same"}) for name in faults]
    return [*rows, row("", "healthy")]


def test_full_marks_pass() -> None:
    """Everything right, nothing alarmed, far ahead of the reader: all bars are met."""
    assert passed(mark(good()))


def test_one_false_alarm_fails_the_exam() -> None:
    """A healthy session that alarmed somebody fails it, however right the rest is."""
    marks = mark([*good(), row("", "a")])
    assert [bar.what for bar in bars(marks) if not bar.met] == ["false alarms on healthy sessions"]
    assert not passed(marks)


def test_a_mark_without_anything_counted_is_not_met() -> None:
    """An empty exam meets no bar but the one on faults that it did not ask."""
    met = [bar.what for bar in bars(mark([])) if bar.met]
    assert met == ["faults that were never scored"]


def test_a_fault_that_was_void_each_time_fails_the_exam() -> None:
    """Nothing is known of it; the page names it."""
    marks = mark([*good(), row("e", "e", void="the fault never began")])
    assert marks.never_scored == ("e",)
    assert not passed(marks)
    assert "* `e`: 1" in marks_as_markdown(marks, RECORD)


def test_the_page_gives_each_mark_beside_its_bar() -> None:
    """The command, the mark, the bar, and what failed stand on the page."""
    page = marks_as_markdown(mark([*good(), row("a", "b")]), RECORD)
    assert "`granite-ws exam`, 2026-01-01T00:00:00 UTC, on cores 2." in page
    assert "| right cause named first (top-1) | 0.8 | at least 0.95 | **not met** |" in page
    assert "* `a`: 0.50" in page

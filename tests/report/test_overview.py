"""The index over many runs, as text."""

from __future__ import annotations

from dataclasses import replace

from granite_ws.matrix.record import Status
from granite_ws.report.language import speaking
from granite_ws.report.overview import MOST_SETTINGS, Row, overview, overview_section, row_of
from tests.report.many_records import EVIL, record


def test_settings_that_differ_are_columns_and_the_others_are_said_once() -> None:
    """Two rows: one column for what differs, one line for what they share."""
    rows = [row_of(record(n, ping_timeout=n, data="co2")) for n in (1, 2)]
    html = overview_section(rows).html
    assert 1 == html.count('data-role="setting"')
    assert ">ping_timeout</th>" in html
    assert 1 == html.count("co2")


def test_many_differing_settings_share_a_column() -> None:
    """No table of thirty columns; what is unlike most rows is said, the usual value is not."""
    rows = [row_of(record(n, **{f"s{i}": (n > 2) * 100 + i for i in range(9)})) for n in (1, 2, 3)]
    html = overview_section(rows).html
    assert MOST_SETTINGS == html.count('data-role="setting"')
    assert (1, 0) == (html.count("s8=108"), html.count("s8=8"))


def test_what_nobody_measured_is_no_zero() -> None:
    """A dash without a sort key: it is sorted last; a zero has one."""
    html = overview_section([row_of(record(1, x=1))]).html
    assert '<td class="number">–</td>' in html
    assert '<td class="number" data-s="0.0">0</td>' in html


def test_a_cell_that_is_not_done_says_how_it_ended() -> None:
    """Its status in place of an outcome, and why."""
    died = replace(record(1, x=1), status=Status.DIED, why="killed (out of memory)")
    row = row_of(died)
    assert "died" == row.result
    html = overview_section([row]).html
    assert ("killed (out of memory)" in html, '<span class="mark no">died' in html) == (True, True)


def test_everything_from_outside_is_escaped() -> None:
    """Names, settings, causes, reasons, folders: none of them becomes markup or ends the style."""
    row = Row(
        EVIL,
        EVIL,
        {EVIL: EVIL, "</style>": 1},
        causes=(EVIL,),
        why=EVIL,
        link='"onclick="x',
    )
    page = overview([row, Row("b", "held", {EVIL: 2})], unreadable=[(EVIL, EVIL)])
    assert EVIL not in page
    assert '"onclick' not in page
    assert 1 == page.count("</style>\n</head>")
    assert 2 == page.count("</style>")


def test_unreadable_folders_are_listed_with_the_reason() -> None:
    """At the end, under their own heading; without any there is no such heading."""
    page = overview([], unreadable=[("reports/x", "no session.json")])
    assert "<dt>reports/x</dt><dd>no session.json</dd>" in page
    assert "There is no run here." in page
    assert "could not be read" not in overview([])


def test_the_same_rows_give_the_same_bytes() -> None:
    """And links go where they were told to."""
    rows = [row_of(record(1, x=1), link="cells/1/page.html", known={"y": 3})]
    assert overview(rows) == overview(rows)
    assert '<a href="cells/1/page.html">cell 1</a>' in overview(rows)
    assert "<dt>y</dt><dd>3</dd>" in overview(rows)


def test_two_thousand_rows_are_less_than_two_megabytes() -> None:
    """As on a page of a whole year of sessions."""
    rows = [row_of(record(n, ping_timeout=n % 7, fault_seconds=n % 5)) for n in range(2000)]
    assert len(overview(rows)) < 2_000_000


def test_numbers_have_the_sign_of_the_language() -> None:
    """A decimal comma in Brazilian Portuguese, the sort key stays a number."""
    row = Row("a", "held", metrics={"stall_p99_ms": 1234.5})
    with speaking("pt-BR"):
        html = overview_section([row]).html
    assert 'data-s="1234.5">1.234,5</td>' in html

"""The page: self-contained, reproducible, small."""

from __future__ import annotations

import re

import pytest

from granite_ws import render_report
from tests.report.session_builder import EVIL, dropped, half_an_hour, held, session

OUTSIDE = r"<script|<link|<iframe|@import|url\((?!#)|(?:src|href)=\"(?!data:|#)"


@pytest.mark.parametrize("make", [held, dropped, session])
def test_a_page_needs_nothing_from_outside(make: object) -> None:
    """No script, no link to load, and a policy that forbids both."""
    page = render_report(*make())
    assert [] == re.findall(OUTSIDE, page)
    assert "default-src 'none'" in page


def test_the_same_session_gives_the_same_bytes() -> None:
    """Rendering twice is rendering once."""
    assert render_report(*dropped()) == render_report(*dropped())


def test_a_hostile_log_cannot_enter_the_page() -> None:
    """Markup in a client's last words is text on the page."""
    page = render_report(*dropped(EVIL))
    assert EVIL not in page
    assert "&lt;script&gt;" in page


def test_an_empty_recording_is_unknown_everywhere() -> None:
    """Nothing recorded: the page says unknown, and shows no Python word for it."""
    page = re.sub(r"<svg.*?</svg>", "", render_report(*session()), flags=re.S)
    assert "Unknown: no client ever connected." in page
    assert ["unknown"] * 2 == re.findall(r"<dt>(?:Data|Machine)</dt><dd>(.*?)</dd>", page)
    assert [] == re.findall(r"\b(?:None|nan)\b", page)


def test_half_an_hour_fits_into_two_megabytes() -> None:
    """1,800 forecasts of 96 values each."""
    assert len(render_report(*half_an_hour()).encode()) < 2_000_000


def test_the_questions_are_headings_in_their_order() -> None:
    """One h1, then an h2 for each further section."""
    page = render_report(*held())
    assert 1 == page.count("<h1>")
    assert [
        "causes",
        "what-happened",
        "drops",
        "checklist",
        "metrics",
        "forecasts",
        "distributions",
        "reproduce",
    ] == re.findall(r'<h2 id="([\w-]+)"', page)

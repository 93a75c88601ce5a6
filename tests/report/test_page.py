"""The page: self-contained, reproducible, small."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from granite_ws import judge, render_report
from granite_ws.bench import long_session
from granite_ws.report.language import speaking
from tests.log_builder import connected, lost, ping, server_lost
from tests.report.session_builder import EVIL, dropped, held, killed, session

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


def test_another_process_gives_the_same_bytes() -> None:
    """In each language: no order of a set, no address, no clock is in the page."""
    code = (
        "from granite_ws import render_report\n"
        "from granite_ws.report.language import speaking\n"
        "from tests.report.session_builder import dropped, killed\n"
        "for lang in ('en', 'pt-BR'):\n"
        "    with speaking(lang): print(render_report(*dropped()), render_report(*killed()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "1"},
    ).stdout
    here = []
    for lang in ("en", "pt-BR"):
        with speaking(lang):
            here += [f"{render_report(*dropped())} {render_report(*killed())}\n"]
    assert f'<html lang="{lang}">' in here[1]
    assert other == "".join(here)


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
    """100,000 events, 1,800 forecasts of 96 values, 12,000 PINGs."""
    long = long_session.session()
    assert len(long.log) >= 95_000
    assert len(render_report(long, judge(long)).encode()) < 500_000


def test_so_does_a_client_that_is_lost_a_thousand_times() -> None:
    """Rows and raw events are counted from some hundreds on, long words are cut."""
    words, made = "&" * 9_000, []
    for number in range(1, 1_001):
        sid, second = f"sid-{number}", 2.0 * number
        made += [
            connected(second, sid, reason=words),
            ping(second + 0.5, sid),
            lost(second + 1.5, sid, last_log=words),
            server_lost(second + 1.6, sid, reason=words),
        ]
    page = render_report(*session(*made))
    assert len(page.encode()) < 2_000_000
    assert "850 more drops are left out." in page
    assert "more events are left out" in page


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
        "asked",
        "distributions",
        "reproduce",
    ] == re.findall(r'<h2 id="([\w-]+)"', page)

"""What became of the forecasts that clients asked for, as a section."""

from __future__ import annotations

import re

from granite_ws import Session, Verdict
from granite_ws.events import Kind
from granite_ws.report import asked as section_of
from granite_ws.report.asked import asked_forecasts
from tests.log_builder import connected, event, lost
from tests.report.session_builder import EVIL, held, session


def asking(second: float, name: str, **answer: object) -> list[object]:
    """A forecast that was asked for, and its answer where there is one."""
    made = [event(second, Kind.FORECAST_ASKED, request_id=name, client=0, by="event")]
    if answer:
        after = second + float(str(answer["seconds"]))
        made.append(event(after, Kind.FORECAST_ANSWERED, request_id=name, **answer))
    return made


def busy(*, code: str = "queue_full") -> tuple[Session, Verdict]:
    """One forecast made, one from the cache, one refused, one never answered."""
    return session(
        connected(1),
        asking(2, "a", ok=True, seconds=0.25, cached="", code=""),
        asking(3, "b", ok=True, seconds=0.05, cached="hit", code=""),
        asking(4, "c", ok=False, seconds=0.01, cached="", code=code),
        asking(5, "d"),
        event(6, Kind.WORKER_STARTED),
        lost(9, own=True),
    )


def test_a_session_in_which_nobody_asked_says_so() -> None:
    """One sentence, no empty picture."""
    made = asked_forecasts(*held())
    assert "No client asked for a forecast" in made.html
    assert "<svg" not in made.html


def test_the_numbers_are_those_of_the_askings() -> None:
    """Asked, answered, from the cache, and each code with its count."""
    made = asked_forecasts(*busy())
    assert "asked for: 4" in made.words
    assert "answered with a forecast: 50 %" in made.words
    assert "from the cache: 50 %" in made.words
    assert "workers that ended: 0" in made.words
    assert re.search(r"queue_full</dt><dd>1 time<", made.html)
    assert "1 was not answered" in made.html


def test_each_asking_is_a_mark_of_its_kind() -> None:
    """Four kinds, so four names in the legend."""
    html = asked_forecasts(*busy()).html
    for words in ("made for it", "from the cache", "no forecast", "no answer"):
        assert f">{words}<" in html, words


def test_many_marks_are_thinned_out() -> None:
    """The page stays small; the numbers still count every asking."""
    parts = [
        asking(n / 100, str(n), ok=True, seconds=0.1, cached="", code="") for n in range(5000)
    ]
    made = asked_forecasts(*session(connected(0), *parts))
    assert "asked for: 5,000" in made.words
    assert made.html.count("<use") < 2 * section_of.MOST_MARKS + 100


def test_what_a_server_answered_is_escaped() -> None:
    """A code comes from outside."""
    html = asked_forecasts(*busy(code=EVIL)).html
    assert EVIL not in html
    assert "&lt;script&gt;" in html

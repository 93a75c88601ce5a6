"""The sections: one question each, everything foreign escaped."""

from __future__ import annotations

import pytest

from granite_ws.report import sections
from granite_ws.report.sections import ALL, Answer
from tests.report.session_builder import EVIL, dropped, held, session


@pytest.mark.parametrize("answer", ALL, ids=lambda answer: answer.__name__)
def test_nothing_foreign_becomes_markup(answer: Answer) -> None:
    """Words of a client, a server, a file or a package stay words in every section."""
    made = answer(*dropped(EVIL))
    assert EVIL not in made.html
    assert "alert(1)</script" not in made.html


def test_foreign_words_are_shown_all_the_same() -> None:
    """Escaped, not swallowed."""
    made = sections.lost_connections(*dropped(EVIL))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made.html


@pytest.mark.parametrize("answer", ALL, ids=lambda answer: answer.__name__)
def test_an_empty_recording_has_its_page_too(answer: Answer) -> None:
    """No section needs data that may not be there."""
    assert answer(*session()).html


def test_a_drop_shows_both_sides() -> None:
    """Client: reason, last words, last PING. Server: reason, who noticed, last PONG, stalls."""
    html = sections.lost_connections(*dropped()).html
    for words in (
        "unknown",
        "reason: transport error",
        "last words: Server has stopped communicating, aborting",
        "last PING in: 6.0 s before",
        "noticed by: Thread-7",
        "last PONG in: 6.0 s before",
        "stalls in the 10 s before: 1, longest 4.00 s",
    ):
        assert words in html


def test_no_drop_is_said_only_when_somebody_watched() -> None:
    """An empty list of drops of an empty recording is not good news."""
    assert "No connection was lost." in sections.lost_connections(*held()).html
    assert "none was seen either" in sections.lost_connections(*session()).html


@pytest.mark.parametrize(
    ("made", "colour"), [(held(), "held"), (dropped(), "dropped"), (session(), "open")]
)
def test_the_banner_has_the_outcomes_colour(made: tuple, colour: str) -> None:
    """Green, red, amber: and the words beside it, for who sees no colours."""
    section = sections.outcome(*made)
    assert f'class="banner {colour}"' in section.html
    assert made[1].summary == repr(section)


def test_the_engines_and_their_reasons_are_named() -> None:
    """Who made the forecasts, and who was skipped and why."""
    html = sections.forecasts(*dropped("no route to the hub")).html
    assert "granite-demo" in html
    assert "granite-hub" in html
    assert "no route to the hub" in html


def test_in_jupyterlab_a_section_brings_its_style() -> None:
    """A cell's output looks like the page without the page."""
    shown = sections.outcome(*held())._repr_html_()
    assert ".gws .banner" in shown
    assert "The connection held" in shown

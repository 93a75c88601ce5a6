"""A session's parts as sections."""

from __future__ import annotations

from granite_ws.proof_words import NO_CAUSE
from granite_ws.report import objects
from granite_ws.report.language import speaking
from tests.report.session_builder import dropped, held


def test_a_verdict_names_what_each_side_said() -> None:
    """The banner is red, and the drop has a row."""
    html = objects.verdict_section(dropped("gone away")[1]).html
    assert 'class="banner dropped"' in html
    assert html.count("gone away") == 2


def test_a_timeline_is_a_picture_with_its_numbers() -> None:
    """Two drawings of one timeline, wide and narrow, with words for who cannot see them."""
    made = objects.timeline_section(held()[1].timeline)
    assert made.html.count("<svg") == 2
    assert 'aria-label="Timeline of both sides: ' in made.html


def test_a_session_does_not_tell_its_outcome() -> None:
    """That is the verdict's to say."""
    html = str(objects.session_section(dropped()[0]).html).lower()
    assert "dropped" not in html


def test_a_proof_speaks_the_language_of_the_page() -> None:
    """Its sentence is made anew, not copied from a file."""
    known = {"decision": "impossible", "cause": "x", "reruns": [], "impossible": NO_CAUSE}
    with speaking("pt-BR"):
        told = objects.proof_section(known).html
    assert str(objects.proof_section(known).html) != str(told)

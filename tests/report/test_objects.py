"""A session's parts as sections."""

from __future__ import annotations

from dataclasses import replace

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


def test_a_session_says_when_to_the_second() -> None:
    """Not the microseconds that its folder keeps."""
    session = replace(dropped()[0], provenance={"created_utc": "2026-11-25T04:28:34.641598+00:00"})
    html = str(objects.session_section(session).html)
    assert "2026-11-25 04:28:34 UTC" in html
    assert "641598" not in html


def test_a_proof_speaks_the_language_of_the_page() -> None:
    """Its sentence is made anew, not copied from a file."""
    known = {"decision": "impossible", "cause": "x", "reruns": [], "impossible": NO_CAUSE}
    with speaking("pt-BR"):
        told = objects.proof_section(known).html
    assert str(objects.proof_section(known).html) != str(told)

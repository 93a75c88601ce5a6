"""The phase map as a section."""

from __future__ import annotations

import pytest

from granite_ws.report.language import speaking
from granite_ws.report.phasemap import phase_map
from tests.report.many_records import EVIL, record, stalls


def test_it_says_what_it_shows() -> None:
    """A question, an alternative text with the counts, both widths, and the numbers as a table."""
    drawn = phase_map(stalls(), "ping_timeout", "fault_seconds", defaults={"fault_at_s": 0.5})
    assert "What do ping_timeout and fault_seconds decide?" == drawn.question
    assert "6 of 6 pairs have a number; drops were seen in 3 of them" in drawn.words
    assert 2 == drawn.html.count("<svg")
    assert 6 == drawn.html.count('data-label="n"')
    assert "the drop law for the client python" in drawn.html
    assert "0.5 s after a PING" in drawn.html


def test_horizon_and_context_show_a_median_and_no_law() -> None:
    """The metric is named; nothing is said of stalls."""
    records = [record(n, forecast_horizon=n, context_length=512) for n in (96, 192)]
    drawn = phase_map(records, "forecast_horizon", "context_length", "stall_p99_ms")
    assert "stall_p99_ms, median of the sessions" in drawn.html
    assert "drop law" not in drawn.html


def test_an_unknown_metric_is_a_slip() -> None:
    """A name that is no metric raises KeyError; hostile values are escaped."""
    with pytest.raises(KeyError):
        phase_map(stalls(), "ping_timeout", "fault_seconds", "speed")
    assert EVIL not in phase_map([record(1, x=EVIL, y=1)], "x", "y").html


def test_the_caption_speaks_the_chosen_language() -> None:
    """In Brazilian Portuguese the decimal sign of the phase is a comma."""
    with speaking("pt-BR"):
        drawn = phase_map(stalls(fault_at_s=0.5), "ping_timeout", "fault_seconds")
    assert "0,5 s" in drawn.html

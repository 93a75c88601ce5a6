"""GWS506: cut at one moment, and at no other."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Strength, Truth
from granite_ws.diagnosis.network.network_cut import check
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import alive, client_end, cut, opened
from tests.log_builder import log


def test_all_at_one_moment() -> None:
    """Two clients lost together: inferred, since nobody saw what did it."""
    parts = [opened(1, "A"), opened(2, "B"), cut(4, "A"), cut(4.01, "B")]
    finding = check(read_timeline(log(*parts)))
    assert (Truth.SUPPORTED, Strength.INFERRED) == (finding.truth, finding.strength)
    assert ("A", "B") == finding.explains
    assert "no other was open" in finding.claim


def test_who_lived_on_is_told() -> None:
    """A connection that was open and stayed shows that not the whole network was hit."""
    parts = [opened(1, "A"), opened(2, "B"), cut(4, "A"), alive(9)]
    assert "1 other(s) lived on" in check(read_timeline(log(*parts))).claim


def test_several_moments_ask_for_a_clockwork() -> None:
    """Cuts that come again are another question."""
    parts = [opened(1, "A"), cut(4, "A"), opened(5, "B"), cut(8, "B")]
    assert Truth.UNKNOWN == check(read_timeline(log(*parts))).truth


def test_nothing_was_cut() -> None:
    """Healthy sessions refute it; a drop with one witness leaves it unknown."""
    assert Truth.REFUTED == check(read_timeline(log(opened(1)))).truth
    assert Truth.UNKNOWN == check(read_timeline(log(opened(1), client_end(3)))).truth

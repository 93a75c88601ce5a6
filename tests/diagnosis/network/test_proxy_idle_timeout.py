"""GWS501: a constant silence before each cut, at different ages."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.proxy_idle_timeout import check
from granite_ws.events import Event
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, cut, message, opened
from tests.log_builder import log


def _idle(begun: float, talked_s: float, sid: str) -> list[Event]:
    """Connected, a last message after ``talked_s``, cut 1.5 s after that."""
    last = begun + 0.05 + talked_s
    return [*opened(begun, sid, pi=4), message(last, sid), *cut(last + 1.5, sid)]


def test_the_same_silence_at_different_ages() -> None:
    """Two connections of different age, each cut 1.5 s after its last packet."""
    finding = check(read_timeline(log(_idle(1, 0.2, "A"), _idle(5, 1.2, "B"))))
    assert Truth.SUPPORTED == finding.truth
    assert ("A", "B") == finding.explains
    assert "after 1.5 s without a packet" in finding.claim
    assert "a PING comes only each 4 s" in finding.claim
    assert "proxy_read_timeout" in finding.remedy
    assert "ping_interval=1" in finding.remedy


def test_without_traffic_nobody_can_tell() -> None:
    """Where nothing ever passed, idle age and connection age are the same number."""
    finding = check(read_timeline(log(opened(1, "A"), cut(4, "A"), opened(6, "B"), cut(9, "B"))))
    assert Truth.UNKNOWN == finding.truth
    assert "every half second" in finding.claim


def test_one_cut_shows_no_constant() -> None:
    """A single silence cannot be a constant one."""
    assert Truth.UNKNOWN == check(read_timeline(log(_idle(1, 0.2, "A")))).truth


def test_silences_of_different_length_refute_it() -> None:
    """A clock that counts silence cuts after the same one."""
    parts = [*opened(1, "A"), *cut(3, "A"), *opened(5, "B"), message(6, "B"), *cut(6.5, "B")]
    assert Truth.REFUTED == check(read_timeline(log(parts))).truth


def test_a_longer_pause_that_was_survived_refutes_it() -> None:
    """What lived through 2 s of silence was not cut for 1.5 s of it."""
    parts = [_idle(1, 2.0, "A"), _idle(6, 0.5, "B")]
    assert Truth.REFUTED == check(read_timeline(log(*parts))).truth


def test_nothing_was_cut() -> None:
    """Healthy sessions refute it; a drop with one witness leaves it unknown."""
    assert Truth.REFUTED == check(read_timeline(log(opened(1)))).truth
    assert Truth.UNKNOWN == check(read_timeline(log(opened(1), client_end(3)))).truth

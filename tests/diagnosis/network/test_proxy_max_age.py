"""GWS502: a constant age at each cut, traffic or not."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.proxy_max_age import check
from granite_ws.events import Event
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, cut, message, opened
from tests.log_builder import log, stall


def _busy(begun: float, age_s: float, sid: str, every_s: float = 0.5) -> list[Event]:
    """Connected, a message every so often, cut at this age."""
    times = [begun + 0.05 + every_s * n for n in range(1, int((age_s - 0.05) / every_s) + 1)]
    return [*opened(begun, sid), *(message(t, sid) for t in times), *cut(begun + age_s, sid)]


def test_the_same_age_under_traffic() -> None:
    """Three busy connections, each cut when it was 2.7 s old."""
    parts = [_busy(1, 2.7, "A"), _busy(5, 2.72, "B"), _busy(9, 2.69, "C")]
    finding = check(read_timeline(log(*parts)))
    assert Truth.SUPPORTED == finding.truth
    assert ("A", "B", "C") == finding.explains
    assert "when it was 2.7 s old" in finding.claim


def test_a_handshake_that_a_stall_delayed_hides_some_of_the_age() -> None:
    """The TCP connection waited 0.4 s for the server; without that stall the ages differ."""
    parts = [_busy(1, 2.7, "A"), _busy(5, 2.3, "B"), _busy(9, 2.7, "C")]
    waited = stall(4.55, 0.4)
    assert check(read_timeline(log(*parts, waited))).truth is Truth.SUPPORTED
    assert check(read_timeline(log(*parts))).truth is Truth.REFUTED


def test_a_stall_long_before_hides_nothing() -> None:
    """Only what stood right before the handshake can have delayed it."""
    parts = [_busy(1, 2.7, "A"), _busy(5, 1.2, "B"), _busy(9, 2.7, "C")]
    assert check(read_timeline(log(*parts, stall(4.55, 0.4)))).truth is Truth.REFUTED
    parts = [_busy(1, 2.7, "A"), _busy(5, 2.3, "B"), _busy(9, 2.7, "C")]
    assert check(read_timeline(log(*parts, stall(2, 0.4)))).truth is Truth.REFUTED


def test_two_ages_are_too_few() -> None:
    """By chance two ages are near to each other too often."""
    parts = [_busy(1, 2.7, "A"), _busy(5, 2.7, "B")]
    assert Truth.UNKNOWN == check(read_timeline(log(*parts))).truth


def test_different_ages_refute_it() -> None:
    """A clock that counts age cuts at the same one."""
    parts = [_busy(1, 2.7, "A"), _busy(5, 4.2, "B"), _busy(10, 1.2, "C")]
    assert Truth.REFUTED == check(read_timeline(log(*parts))).truth


def test_a_silence_before_each_cut_leaves_it_open() -> None:
    """Where nothing passed before the cut, it may have been the silence."""
    parts = [
        part for n, sid in enumerate("ABC") for part in (opened(4 * n, sid), cut(4 * n + 3, sid))
    ]
    assert Truth.UNKNOWN == check(read_timeline(log(*parts))).truth


def test_nothing_was_cut() -> None:
    """Healthy sessions refute it; a drop with one witness leaves it unknown."""
    assert Truth.REFUTED == check(read_timeline(log(opened(1)))).truth
    assert Truth.UNKNOWN == check(read_timeline(log(opened(1), client_end(3)))).truth

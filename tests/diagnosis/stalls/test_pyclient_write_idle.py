"""GWS109: the Python client's second limit."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.pyclient_write_idle import check
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import timeline_of, write_idle
from tests.log_builder import log


def test_it_names_the_rule_with_its_numbers_and_the_stall() -> None:
    """max(pi, pt) + 5 = 12 s, counted from the last PONG, 2 s before pi + pt."""
    finding = check(timeline_of("pyclient_write_idle"))
    assert "max(ping_interval, ping_timeout) + 5 = 12 s, 2 s before" in finding.claim
    assert "6.5 s, from 6.3 s after" in finding.claim
    assert "write_idle" == finding.limit


def test_the_remedy_is_a_timeout_that_bears_it() -> None:
    """pi + D <= max(pi, pt) + 5: 7 + 6.5 - 5 = 8.5, so 9."""
    assert "ping_timeout = 9" in check(timeline_of("pyclient_write_idle")).remedy


def test_a_client_that_named_another_limit_is_refuted() -> None:
    """A ping timeout is not this rule."""
    assert Truth.REFUTED is check(timeline_of("gil_held_native")).truth


def test_the_line_without_a_standstill_is_not_supported() -> None:
    """A server that ran, and sent no PING, is another matter."""
    moved = [e for e in write_idle() if e.kind is not Kind.STALL]
    assert Truth.REFUTED is check(read_timeline(log(moved))).truth


def test_a_client_that_nobody_heard_is_unknown() -> None:
    """Only the client's own line names this limit."""
    unheard = [e for e in write_idle() if e.kind not in (Kind.DISCONNECTED, Kind.CLIENT_LOG)]
    assert Truth.UNKNOWN is check(read_timeline(log(unheard))).truth

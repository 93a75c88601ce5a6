"""GWS510: each PING later than promised, by a fraction of a second."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.network.fractional_ping_interval import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.network.wire_log import client_end, opened
from tests.log_builder import event, log, ping, server_lost, stall


def _rounds(interval_s: float, count: int, sid: str = "B", begun: float = 1) -> list[Event]:
    """A connection that lives, and its heartbeat rounds."""
    made, at = opened(begun, sid, kind="python", pt=0.5), begun
    for _ in range(count):
        made += ping(at + interval_s, sid)
        at += interval_s + 0.01
    return made


LOST = [*opened(1, pt=0.5), client_end(2.5, reason="ping timeout"), server_lost(2.51)]


def _truth(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(*parts))).truth


def test_every_ping_came_later_than_promised() -> None:
    """1 s was promised, 1.9 s measured; a client gave up after 1.5 s."""
    finding = check(read_timeline(log(_rounds(1.9, 3), LOST)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "each 1 s" in finding.claim
    assert "sooner than after 1.50 s" in finding.claim  # the one who waited 1.5 s in vain
    assert finding.remedy.endswith("1 or 2.")


def test_a_drop_for_another_reason_is_not_explained() -> None:
    """It is a trouble then, and no cause."""
    cut = [*opened(1), client_end(4), server_lost(4)]
    assert check(read_timeline(log(_rounds(1.9, 3), cut))).explains == ()


def test_clients_that_all_gave_up_in_vain_are_enough() -> None:
    """No PING ever came in 1.5 s although one was due after 1 s."""
    again = [*opened(4, "B", pt=0.5), client_end(5.5, "B", reason="ping timeout")]
    finding = check(read_timeline(log(LOST, again)))
    assert ("A", "B") == finding.explains


@pytest.mark.parametrize("interval_s", [1.0, 1.02, 2.4])
def test_whole_seconds_refute_it(interval_s: float) -> None:
    """On time, or later than a fraction of a second can explain."""
    assert _truth(_rounds(interval_s, 3)) is Truth.REFUTED


def test_late_by_chance_refutes_it() -> None:
    """A clock would be late by the same time every time."""
    assert _truth(_rounds(1.3, 2), _rounds(1.8, 2, "C")) is Truth.REFUTED


def test_what_a_stall_lengthened_tells_nothing() -> None:
    """PINGs that came late because the server stood still."""
    stalls = [stall(1.5, 0.9), stall(3.4, 0.9), stall(5.3, 0.9)]
    assert _truth(_rounds(1.9, 3), stalls) is Truth.UNKNOWN


def test_one_ping_is_too_few() -> None:
    """And without the OPEN packet's promise there is nothing to compare with."""
    assert _truth(_rounds(1.9, 1)) is Truth.UNKNOWN
    assert _truth(event(1, Kind.PING_QUEUED, sid="A")) is Truth.UNKNOWN

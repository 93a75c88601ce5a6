"""GWS209: one process opened the session, another one refused it."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.restart_invalid_session import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import connected, event, log, lost

OPENED = event(1, Kind.HANDSHAKE, sid="A", ping_interval_s=1.0, ping_timeout_s=2.0)


def listening(seconds: float, pid: int | None = 1) -> Event:
    facts = {"host": "127.0.0.1", "port": 5000} | ({} if pid is None else {"pid": pid})
    return event(seconds, Kind.LISTENING, **facts)


def refused(seconds: float, line: str = "Invalid session A") -> Event:
    facts = {"logger": "engineio.server", "level": "ERROR", "exception": "", "line": line}
    return event(seconds, Kind.SERVER_LOG, sid="A", **facts)


def truth_of(*events: Event) -> Truth:
    made = log(OPENED, connected(1.1, transport="polling"), lost(5.0), *events)
    return check(read_timeline(made)).truth


def test_a_session_that_outlived_its_process_is_explained() -> None:
    """Opened, taken over, refused, lost: in this order."""
    events = [listening(0.5), listening(4.9, 2), refused(4.95)]
    made = log(OPENED, connected(1.1, transport="polling"), lost(5.0), events)
    finding = check(read_timeline(made))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "pid 2" in finding.claim
    assert [OPENED, events[1], events[2]] == [step.event for step in finding.path[:-1]]


@pytest.mark.parametrize(
    ("events", "truth"),
    [
        # One server all along: a proxy that forgets, or a wrong sid.
        ([listening(0.5), refused(4.95)], Truth.REFUTED),
        # Two from the start, as behind a proxy that keeps no session with its server.
        ([listening(0.4), listening(0.5, 2), refused(4.95)], Truth.UNKNOWN),
        ([listening(0.5), listening(4.9, 2)], Truth.UNKNOWN),
        ([listening(0.5), listening(4.9, 2), refused(4.95, "Cannot send")], Truth.UNKNOWN),
        ([listening(0.5), listening(2, 2), refused(2.5)], Truth.UNKNOWN),  # lost much later
        ([listening(0.5), listening(6, 2), refused(6.1)], Truth.UNKNOWN),  # lost before
        ([listening(0.5, None), listening(4.9, None), refused(4.95)], Truth.UNKNOWN),
        ([], Truth.UNKNOWN),
    ],
)
def test_anything_else_is_not(events: list[Event], truth: Truth) -> None:
    """Another process must have come in between, and its refusal must be what ended it."""
    assert truth is truth_of(*events)

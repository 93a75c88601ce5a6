"""GWS128: a Python client that finds nobody to answer."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.pyclient_connect_timeout import check
from granite_ws.events import Event, Kind, Witness
from tests.diagnosis.stalls.served_logs import timeline, unwatched
from tests.log_builder import event, quiet, stall


def refused(seconds: float, kind: str = "python") -> Event:
    facts = {"client": 9, "client_kind": kind, "error": "Connection error"}
    return event(seconds, Kind.CONNECT_FAILED, witness=Witness.PROBE, **facts)


def test_an_attempt_that_fails_five_seconds_into_a_stall_is_trouble() -> None:
    """Nobody dropped; the newcomer was turned away."""
    found = check(timeline(stall(3, 7), refused(8.1)))
    assert (Truth.SUPPORTED, ()) == (found.truth, found.explains)
    assert "stood still for 7.0 s" in found.claim
    assert "request_timeout" == found.limit
    assert [Kind.CONNECT_FAILED, Kind.STALL] == [step.event.kind for step in found.path]


def test_a_short_stall_another_client_and_another_time_are_none() -> None:
    """A refused port fails at once; JavaScript is more patient; afterwards it is over."""
    for parts in (
        [stall(5, 3), refused(7.5)],
        [stall(3, 7), refused(8.1, "node")],
        [stall(3, 7), refused(10.5)],
        [stall(3, 7), refused(5)],
        [refused(8.1)],
        [quiet()],
    ):
        assert Truth.REFUTED is check(timeline(*parts)).truth


def test_an_unwatched_server_is_unknown() -> None:
    """Nobody saw whether it stood still."""
    assert Truth.UNKNOWN is check(unwatched(refused(8.1))).truth

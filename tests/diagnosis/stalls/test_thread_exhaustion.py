"""GWS127: no further thread."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.thread_exhaustion import check
from granite_ws.events import Event, Kind, Witness
from tests.diagnosis.stalls.served_logs import line, promised, timeline
from tests.log_builder import connected, event, lost, ping, quiet, server_lost

ERROR = "RuntimeError: can't start new thread"


def fallen(error: Event, sid: str = "A", ended: float = 3.03) -> list[Event]:
    """A PONG at 3.01 s, an error, and the end of the connection."""
    return [
        promised(sid=sid),
        connected(1, sid),
        *ping(3, sid),
        error,
        event(ended, Kind.WEBSOCKET_ENDED, sid=sid, close_code=1000, message=""),
        server_lost(ended, sid),
        lost(ended + 0.01, sid),
    ]


def test_an_end_right_after_the_error_is_explained() -> None:
    """PONG, error, loss; with the number of threads where somebody counted."""
    sample = event(
        2.9, Kind.SAMPLE, witness=Witness.SAMPLER, role="server", threads=512, cpu_percent=1.0
    )
    error = line(3.02, "Unknown receive error", exception=ERROR)
    found = check(timeline(sample, fallen(error)))
    assert (Truth.SUPPORTED, ("A",)) == (found.truth, found.explains)
    assert "(it had 512 a moment before)" in found.claim
    kinds = [step.event.kind for step in found.path]
    assert [Kind.PONG_RECEIVED, Kind.SERVER_LOG, Kind.CLIENT_DISCONNECTED] == kinds


def test_without_a_sample_no_number_is_invented() -> None:
    """The claim stands on the error."""
    error = line(3.02, "Unknown receive error", exception=ERROR)
    assert "it had" not in check(timeline(fallen(error))).claim


def test_another_error_and_another_time_are_none() -> None:
    """The receive loop falls over many things, and threads are refused elsewhere, too."""
    other = line(3.02, "Unknown receive error", exception="KeyError: 'a'")
    assert Truth.REFUTED is check(timeline(fallen(other))).truth
    error = line(3.02, "Unknown receive error", exception=ERROR)
    assert Truth.REFUTED is check(timeline(fallen(error, ended=5))).truth
    early = line(1.5, "x", exception=ERROR)
    assert Truth.REFUTED is check(timeline(fallen(early))).truth


def test_nothing_lost_is_nothing_refused() -> None:
    """A healthy session."""
    assert Truth.REFUTED is check(timeline(promised(), quiet())).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """A client alone sees a close with code 1000."""
    assert Truth.UNKNOWN is check(timeline(connected(1), lost(3))).truth

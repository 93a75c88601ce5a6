"""GWS201: three truths."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.server_ended import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import connected, log, lost, process, quiet

STARTED = process(0, Kind.PROCESS_STARTED)


def test_a_drop_beside_the_servers_end_is_supported() -> None:
    """The exit's event is the evidence, and the claim says how it ended."""
    ended = process(5.05, Kind.PROCESS_ENDED, exit_code=-15, asked=False)
    finding = check(read_timeline(log(STARTED, connected(1), lost(5), ended)))
    assert (Truth.SUPPORTED, ("A",), (ended,)) == (
        finding.truth,
        finding.explains,
        finding.evidence,
    )
    assert "signal 15 (SIGTERM)" in finding.claim


def test_a_main_function_that_returned_is_told_as_such() -> None:
    """Exit code 0 is an end in order, and yet nobody asked for it."""
    ended = process(5.05, Kind.PROCESS_ENDED, exit_code=0, asked=False)
    finding = check(read_timeline(log(STARTED, connected(1), lost(5), ended)))
    assert Truth.SUPPORTED is finding.truth
    assert "exited with code 0" in finding.claim


@pytest.mark.parametrize("exit_code", [-9, 137, -11, -6, 9, 1])
def test_an_end_that_has_a_cause_of_its_own_is_unknown(exit_code: int) -> None:
    """SIGKILL, a crash, an exit code: other checks look at these, and may not know either."""
    ended = process(5.05, Kind.PROCESS_ENDED, exit_code=exit_code, asked=False)
    finding = check(read_timeline(log(STARTED, connected(1), lost(5), ended)))
    assert (Truth.UNKNOWN, ()) == (finding.truth, finding.explains)


def test_a_signal_without_a_name_is_told_by_its_number() -> None:
    """Not every number has a name here."""
    ended = process(5.05, Kind.PROCESS_ENDED, exit_code=-33, asked=False)
    assert "signal 33," in check(read_timeline(log(STARTED, connected(1), lost(5), ended))).claim


def test_an_end_that_was_asked_for_is_refuted() -> None:
    """The runner's own ending of the server explains nothing."""
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth


def test_a_drop_long_before_is_not_explained() -> None:
    """A drop that came 10 s before the server's end has another cause."""
    ended = process(15, Kind.PROCESS_ENDED, exit_code=-15, asked=False)
    finding = check(read_timeline(log(STARTED, connected(1), lost(5), ended)))
    assert (Truth.UNKNOWN, ()) == (finding.truth, finding.explains)


def test_the_probes_end_is_not_the_servers() -> None:
    """Another process that ended beside a drop is no evidence against the server."""
    probe = process(5, Kind.PROCESS_ENDED, "probe", exit_code=1, asked=False)
    server = process(6, Kind.PROCESS_ENDED, exit_code=0, asked=True)
    timeline = read_timeline(log(STARTED, connected(1), lost(5), probe, server))
    assert Truth.REFUTED is check(timeline).truth


def test_a_recording_that_breaks_off_refutes_nothing() -> None:
    """A server that was seen to start, but not to end, may have ended in any way."""
    assert Truth.UNKNOWN is check(read_timeline(log(STARTED, connected(1), lost(5)))).truth


def test_without_a_runner_it_is_unknown() -> None:
    """A recording that nobody watched from outside cannot refute it."""
    assert Truth.UNKNOWN is check(read_timeline(EventLog(()))).truth

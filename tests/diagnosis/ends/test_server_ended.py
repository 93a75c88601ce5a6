"""GWS201: three truths."""

from __future__ import annotations

from granite_ws.diagnosis.ends.server_ended import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import connected, log, lost, process, quiet

STARTED = process(0, Kind.PROCESS_STARTED)


def test_a_drop_beside_the_servers_end_is_supported() -> None:
    """The exit's event is the evidence, and the claim says how it ended."""
    ended = process(5.05, Kind.PROCESS_ENDED, exit_code=-9, asked=False)
    finding = check(read_timeline(log(STARTED, connected(1), lost(5), ended)))
    assert (Truth.SUPPORTED, ("A",), (ended,)) == (
        finding.truth,
        finding.explains,
        finding.evidence,
    )
    assert "signal 9" in finding.claim


def test_an_exit_code_is_told_as_such() -> None:
    """A positive code is no signal."""
    ended = process(5.05, Kind.PROCESS_ENDED, exit_code=3, asked=False)
    finding = check(read_timeline(log(STARTED, connected(1), lost(5), ended)))
    assert "exited with code 3" in finding.claim


def test_an_end_that_was_asked_for_is_refuted() -> None:
    """The runner's own ending of the server explains nothing."""
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth


def test_a_drop_long_before_is_not_explained() -> None:
    """A drop that came 10 s before the server's end has another cause."""
    ended = process(15, Kind.PROCESS_ENDED, exit_code=-9, asked=False)
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

"""GWS208: the master's own line."""

from __future__ import annotations

from granite_ws.diagnosis.ends.gunicorn_worker_timeout import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import terminal, watched
from tests.log_builder import connected, event, log, lost

TOLD = terminal(8, "WORKER TIMEOUT (pid:31)", level="CRITICAL")
LOSS = lost(9.1)
THREADS = [{"thread": "MainThread", "frames": ["app/model.py:12 predict", "app/main.py:3 run"]}]
STACK = event(4.6, Kind.STACK, why="the loop stood still", threads=THREADS)


def test_a_loss_right_after_the_line_is_explained() -> None:
    """Worker, blocked function and the age of the last heartbeat are told."""
    finding = check(read_timeline(log(watched(loss=LOSS), STACK, TOLD)))
    assert (Truth.SUPPORTED, ("A",), "app/model.py:12 predict") == (
        finding.truth,
        finding.explains,
        finding.blocked_at,
    )
    assert "worker 31" in finding.claim
    assert "4.0 s old" in finding.claim
    assert [STACK, TOLD] == [step.event for step in finding.path[:-1]]


def test_without_a_look_at_the_stacks_it_is_supported_without_a_place() -> None:
    """The line is enough."""
    finding = check(read_timeline(log(watched(loss=LOSS), TOLD)))
    assert (Truth.SUPPORTED, "") == (finding.truth, finding.blocked_at)


def test_a_client_that_gave_up_before_is_not_explained() -> None:
    """Its own deadline ended it, or it was lost long before or after."""
    gave_up = lost(9, last_log="Server has stopped communicating, aborting")
    for loss in (gave_up, lost(5), lost(13)):
        assert Truth.UNKNOWN is check(read_timeline(log(watched(loss=loss), TOLD))).truth


def test_without_the_line_it_is_refuted_and_without_a_runner_unknown() -> None:
    """A worker that booted again tells nothing of a timeout."""
    booted = terminal(8, "Booting worker with pid: 32")
    assert Truth.REFUTED is check(read_timeline(log(watched(), booted))).truth
    assert Truth.UNKNOWN is check(read_timeline(log(watched()[1:]))).truth


def test_in_a_log_from_elsewhere_the_line_is_enough() -> None:
    """Nobody watched there; a connection that stood is lost, seen or not."""
    finding = check(read_timeline(log(connected(1), TOLD)))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    assert Truth.UNKNOWN is check(read_timeline(log(connected(9), TOLD))).truth

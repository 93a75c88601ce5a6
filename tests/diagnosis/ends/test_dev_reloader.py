"""GWS207: the reloader's own line."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.dev_reloader import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import LOSS_S, ended, terminal, watched
from tests.log_builder import connected, event, log, lost

LINE = "* Detected change in '/srv/app/export.py', reloading"
CHANGED = terminal(4.9, LINE)
AGAIN = event(8, Kind.LISTENING, host="127.0.0.1", port=5000, pid=2)


def test_a_loss_after_the_line_is_explained() -> None:
    """The file is named, and when the successor listened."""
    finding = check(read_timeline(log(watched(), CHANGED, AGAIN)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "saw export.py change" in finding.claim
    assert "3.1 s later" in finding.claim
    assert [CHANGED] == [step.event for step in finding.path[:-1]]


def test_a_process_that_exits_slowly_is_explained_too() -> None:
    """Its clients wait for their own deadline, and no later than the next process listens."""
    for loss_s, truth in ((7, Truth.SUPPORTED), (9, Truth.UNKNOWN)):
        loss = lost(loss_s, last_log="Server has stopped communicating, aborting")
        assert truth is check(read_timeline(log(watched(loss=loss), CHANGED, AGAIN))).truth


def test_a_later_connection_is_not_explained() -> None:
    """Only what was open when the file changed."""
    late = [connected(8.5, "B"), lost(9, "B")]
    finding = check(read_timeline(log(watched(), CHANGED, AGAIN, late)))
    assert ("A",) == finding.explains


@pytest.mark.parametrize("line", ["* Restarting with stat", "Booting worker with pid: 7"])
def test_without_the_line_it_is_refuted(line: str) -> None:
    """The runner reads the terminal: what is not there was not said."""
    made = log(watched(), terminal(LOSS_S - 0.1, line), ended(-9))
    assert Truth.REFUTED is check(read_timeline(made)).truth


def test_without_a_runner_it_is_unknown() -> None:
    """Nobody read the terminal."""
    assert Truth.UNKNOWN is check(read_timeline(log(watched()[1:]))).truth


def test_in_a_log_from_elsewhere_the_line_is_enough() -> None:
    """Nobody watched there; a connection that stood is lost, seen or not."""
    finding = check(read_timeline(log(connected(1), CHANGED)))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    assert Truth.UNKNOWN is check(read_timeline(log(connected(9), CHANGED))).truth

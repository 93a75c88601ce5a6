"""GWS204: an exit code of the server's own."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.abrupt_exit import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import ended, watched
from tests.log_builder import log


def test_an_exit_code_is_supported_and_told() -> None:
    """The remedy names the very call to search for."""
    finding = check(read_timeline(log(watched(), ended(9))))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "exit code 9" in finding.claim
    assert "os._exit(9)" in finding.remedy
    assert len(finding.path) == 2


@pytest.mark.parametrize("exit_code", [-9, 137, -11, 139, -15, 0])
def test_signals_and_success_refute_it(exit_code: int) -> None:
    """137 is what a shell says of SIGKILL."""
    assert Truth.REFUTED is check(read_timeline(log(watched(), ended(exit_code)))).truth


def test_an_exit_without_a_loss_or_a_runner_is_unknown() -> None:
    """Ten seconds later it took nobody along; and without the runner nobody saw it."""
    assert Truth.UNKNOWN is check(read_timeline(log(watched(), ended(9, at_s=15)))).truth
    assert Truth.UNKNOWN is check(read_timeline(log(watched()))).truth

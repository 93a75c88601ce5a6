"""GWS202: a steep growth, then SIGKILL."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.oom_kill import check
from granite_ws.diagnosis.finding import Strength, Truth
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import ended, sampled, terminal, watched
from tests.log_builder import connected, log, lost, process

RAMP = sampled(150, 160, 300, 450)


def test_a_ramp_before_sigkill_is_supported() -> None:
    """The claim has both sizes, the path goes from memory to loss, and it is called inferred."""
    finding = check(read_timeline(log(watched(), RAMP, ended(-9))))
    assert (Truth.SUPPORTED, ("A",), Strength.INFERRED) == (
        finding.truth,
        finding.explains,
        finding.strength,
    )
    assert "from 150 MB to 450 MB in 3 s" in finding.claim
    assert [RAMP[0], RAMP[-1]] == [step.event for step in finding.path[:-1]]


@pytest.mark.parametrize(
    ("samples", "exit_code", "truth"),
    [
        (RAMP, -11, Truth.REFUTED),  # a crash while memory grew
        (RAMP, 9, Truth.REFUTED),  # exit code 9 is no signal 9
        (sampled(150, 150, 150), -9, Truth.REFUTED),
        (sampled(150, 190, 230, 260), -9, Truth.UNKNOWN),
        ([], -9, Truth.UNKNOWN),
    ],
)
def test_anything_else_is_not(samples: list[Event], exit_code: int, truth: Truth) -> None:
    """Both the signal and the growth are needed; unseen memory is unknown."""
    assert truth is check(read_timeline(log(watched(), samples, ended(exit_code)))).truth


def test_without_a_runner_it_is_unknown() -> None:
    """Nobody saw the end."""
    assert Truth.UNKNOWN is check(read_timeline(log(watched(), RAMP))).truth


def test_the_kernels_own_line_is_direct() -> None:
    """Beside a loss it needs no samples; without a loss it counts only in a log from elsewhere."""
    line = terminal(5, "Out of memory: Killed process 4242 (python)", logger="kernel")
    finding = check(read_timeline(log(watched(), line)))
    assert (Truth.SUPPORTED, ("A",), Strength.DIRECT) == (
        finding.truth,
        finding.explains,
        finding.strength,
    )
    alone = check(read_timeline(log(connected(1), line)))
    assert (Truth.SUPPORTED, ()) == (alone.truth, alone.explains)
    asked = process(9, Kind.PROCESS_ENDED, exit_code=0, asked=True)
    late = [*watched(loss=lost(9, own=True)), line, asked]
    assert Truth.REFUTED is check(read_timeline(log(late))).truth

"""GWS203: a crash in native code, with and without CPython's report."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.native_crash import check, crashed_at
from granite_ws.diagnosis.finding import Truth
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import ended, terminal, watched
from tests.log_builder import connected, log

FRAMES = ["ctypes/__init__.py:519 string_at", "app/model.py:12 predict", "app/main.py:3 run"]
REPORT = terminal(5.0, "Fatal Python error: Segmentation fault", frames=FRAMES)


def test_a_crash_is_supported_and_its_line_told() -> None:
    """The function that called into native code is named; the report is the first step."""
    finding = check(read_timeline(log(watched(), REPORT, ended(-11))))
    assert (Truth.SUPPORTED, ("A",), "app/model.py:12 predict") == (
        finding.truth,
        finding.explains,
        finding.blocked_at,
    )
    assert "SIGSEGV (Segmentation fault)" in finding.claim
    assert REPORT == finding.path[0].event


def test_without_a_report_the_signal_is_enough() -> None:
    """Then the remedy says how to get one."""
    finding = check(read_timeline(log(watched(), ended(139))))
    assert (Truth.SUPPORTED, "") == (finding.truth, finding.blocked_at)
    assert "faulthandler" in finding.remedy
    assert len(finding.path) == 2


@pytest.mark.parametrize("exit_code", [-9, -15, 0, 11])
def test_other_ends_refute_it(exit_code: int) -> None:
    """Exit code 11 is no signal 11."""
    assert Truth.REFUTED is check(read_timeline(log(watched(), ended(exit_code)))).truth


def test_a_crash_without_a_loss_or_a_runner_is_unknown() -> None:
    """Ten seconds later it took nobody along; a runner that was cut off saw no end."""
    assert Truth.UNKNOWN is check(read_timeline(log(watched(), ended(-11, at_s=15)))).truth
    assert Truth.UNKNOWN is check(read_timeline(log(watched(), REPORT))).truth


def test_frames_of_the_standard_library_do_not_count() -> None:
    """Where there are no others, the innermost one is told."""
    assert FRAMES[1] == crashed_at(REPORT)
    assert FRAMES[0] == crashed_at(terminal(5, "Fatal Python error: x", frames=FRAMES[:1]))
    assert "" == crashed_at(terminal(5, "Fatal Python error: x"))


@pytest.mark.parametrize(
    ("words", "truth"),
    [
        ("Segmentation fault", Truth.SUPPORTED),
        ("Floating-point exception", Truth.SUPPORTED),
        ("_PyMem_DebugFree: bad ID", Truth.UNKNOWN),
    ],
)
def test_in_a_log_from_elsewhere_the_report_is_enough(words: str, truth: Truth) -> None:
    """Nobody watched the process there; a connection that stood is lost, seen or not."""
    report = terminal(5, f"Fatal Python error: {words}")
    assert truth is check(read_timeline(log(connected(1), report))).truth
    assert Truth.UNKNOWN is check(read_timeline(log(connected(6), report))).truth

"""What a dead kernel died of."""

from __future__ import annotations

import signal

import pytest

from granite_ws.edges.kernel_watch import oom_kills, why_it_died


@pytest.mark.parametrize(
    ("exit_code", "oom", "expected"),
    [
        (-signal.SIGKILL, 1, "out of memory"),
        (-signal.SIGKILL, 0, "ended from outside (SIGKILL)"),
        (-signal.SIGTERM, 1, "ended from outside (SIGTERM)"),
        (-signal.SIGSEGV, 0, "crashed in native code (SIGSEGV)"),
        (-signal.SIGABRT, 0, "crashed in native code (SIGABRT)"),
        (-40, 0, "ended from outside (signal 40)"),
        (3, 0, "left by itself with exit code 3"),
        (None, 0, "stopped answering"),
    ],
)
def test_an_exit_code_says_what_it_died_of(exit_code: int | None, oom: int, expected: str) -> None:
    """Out of memory only where the system's killer was seen at work; a signal has its name."""
    assert expected in why_it_died(exit_code, oom)


def test_the_system_counts_its_out_of_memory_kills() -> None:
    """A number that never falls."""
    assert 0 <= oom_kills() <= oom_kills()

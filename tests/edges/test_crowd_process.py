"""The processes of a crowd, where there is nobody to talk to."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges.crowd_process import CrowdProcess, together, wait_until
from granite_ws.errors import SessionFailed

NOBODY = "http://127.0.0.1:9"


def test_a_crowd_that_finds_no_server_says_so(tmp_path: Path) -> None:
    """Nobody is connected in time, and each client's record tells its attempts."""
    with CrowdProcess(NOBODY, tmp_path / "record", "--clients", "3") as one:
        assert wait_until([one], lambda told: told["connected"] == 3, seconds=2) is None
        assert {"connected": 0, "asked": 0, "taken": 0, "ended": 0} == together([one])
        views = one.end()
    assert [1, 2, 3] == [view.number for view in views]
    assert all(view.failed_attempts for view in views)
    assert not any(view.connects for view in views)


def test_a_crowd_leaves_when_its_time_is_over(tmp_path: Path) -> None:
    """Also without an order: a load is bounded."""
    with CrowdProcess(NOBODY, tmp_path / "record", "--clients", "1", "--limit", "0.1") as one:
        assert 0 == one.process.wait(20)
    assert (tmp_path / "record").read_text()


def test_a_crowd_that_refuses_its_input_is_a_failure(tmp_path: Path) -> None:
    """Its exit code is told."""
    with CrowdProcess(NOBODY, tmp_path / "record", "--points", "0") as one:
        one.process.wait(20)
        with pytest.raises(SessionFailed, match="exit code 2"):
            one.end()

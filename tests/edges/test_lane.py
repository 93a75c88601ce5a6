"""Inside of a lane."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.edges import lane
from granite_ws.edges.lane import share_of_cores
from tests.edges.notebooks import task


@pytest.mark.parametrize(
    ("cores", "lanes", "expected"),
    [
        ([0, 1], 2, [[0], [1]]),
        ([0, 1, 2, 3], 2, [[0, 1], [2, 3]]),
        ([3, 5, 7], 2, [[3], [5, 7]]),
        ([0], 2, [None, None]),
    ],
)
def test_cores_are_dealt_fairly(
    cores: list[int], lanes: int, expected: list[list[int] | None]
) -> None:
    """Each lane gets cores of its own; with too few of them nobody is tied to one."""
    assert expected == [share_of_cores(cores, place, lanes) for place in range(lanes)]


def test_a_sweep_that_was_stopped_begins_no_cell(tmp_path: Path) -> None:
    """Nothing is run, nothing is kept; another sweep goes on."""
    lane.stop("one")
    assert lane.run(task(tmp_path / "out", "pass"), "one", False) is None
    assert (True, False) == (lane.is_stopped("one"), lane.is_stopped("other"))
    assert not (tmp_path / "out").exists()

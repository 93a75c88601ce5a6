"""GWS205: SIGKILL to a server that was well."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.killed_from_outside import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import ended, sampled, watched
from tests.log_builder import log

FLAT = sampled(160, 161, 161, 161)


def test_sigkill_with_flat_memory_is_supported() -> None:
    """The claim has the size; the path begins with the last look at a server that was well."""
    finding = check(read_timeline(log(watched(), FLAT, ended(-9))))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "held 161 MB and did not grow" in finding.claim
    assert FLAT[-1] == finding.path[0].event


@pytest.mark.parametrize(
    ("samples", "end", "truth"),
    [
        (sampled(150, 160, 300, 450), ended(-9), Truth.REFUTED),
        (FLAT, ended(-15), Truth.REFUTED),
        (FLAT, ended(-11), Truth.REFUTED),
        (sampled(150, 190, 230, 260), ended(-9), Truth.UNKNOWN),
        (sampled(160, 160, 160, free=1e8), ended(-9), Truth.UNKNOWN),
        (FLAT, ended(-9, left_behind=[{"pid": 7, "connections": 1}]), Truth.UNKNOWN),
        ([], ended(-9), Truth.UNKNOWN),
    ],
)
def test_anything_else_is_not(samples: list[Event], end: Event, truth: Truth) -> None:
    """Growth, another signal, a starved host or inherited sockets speak against it."""
    assert truth is check(read_timeline(log(watched(), samples, end))).truth


def test_without_a_runner_it_is_unknown() -> None:
    """Nobody saw the end."""
    assert Truth.UNKNOWN is check(read_timeline(log(watched(), FLAT))).truth

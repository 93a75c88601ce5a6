"""GWS206: a dead server's sockets live on in a forked process."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.ends.fork_inherited_socket import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.ends.ended_server import ended, watched
from tests.log_builder import log, lost, process

HELD = [{"pid": 77, "connections": 1}]
WAITED = lost(7, last_log="Server has stopped communicating, aborting")


def test_clients_that_wait_on_inherited_sockets_are_explained() -> None:
    """The path: last PING heard, server gone, deadline passed."""
    finding = check(read_timeline(log(watched(loss=WAITED), ended(-9, left_behind=HELD))))
    assert (Truth.SUPPORTED, ("A",), "") == (finding.truth, finding.explains, finding.limit)
    assert "pid 77" in finding.claim
    kinds = [step.event.kind for step in finding.path]
    assert [Kind.PING_RECEIVED, Kind.PROCESS_ENDED, Kind.DISCONNECTED] == kinds


def test_the_write_idle_rule_is_named_where_it_came_first() -> None:
    """A Python client may give up by its second rule."""
    idle = lost(7, last_log="packet queue is empty, aborting")
    finding = check(read_timeline(log(watched(loss=idle), ended(-9, left_behind=HELD))))
    assert "write_idle" == finding.limit


@pytest.mark.parametrize(
    ("loss", "end", "truth"),
    [
        (WAITED, ended(-9), Truth.REFUTED),  # nothing was left open
        (WAITED, ended(-9, left_behind=[{"pid": 7, "connections": 0}]), Truth.REFUTED),
        (None, ended(-9, left_behind=HELD), Truth.UNKNOWN),  # told at once
        (WAITED, process(5, Kind.PROCESS_ENDED, exit_code=-9, asked=False), Truth.UNKNOWN),
        (WAITED, process(9, Kind.PROCESS_ENDED, exit_code=0, asked=True), Truth.REFUTED),
    ],
)
def test_anything_else_is_not(loss: Event | None, end: Event, truth: Truth) -> None:
    """Both are needed: a socket that was seen open, and a client that waited on it."""
    assert truth is check(read_timeline(log(watched(loss=loss), end))).truth


def test_without_a_runner_it_is_unknown() -> None:
    """Nobody saw the end."""
    assert Truth.UNKNOWN is check(read_timeline(log(watched(loss=WAITED)))).truth

"""What several checks look at."""

from __future__ import annotations

from granite_ws.diagnosis.evidence import (
    advertised,
    blocked_frame,
    last_heartbeat_ns,
    stalls_before,
    told_by,
)
from granite_ws.events import Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import at, connected, event, log, lost, ping, server_lost, stall

SLEEPING = {"thread": "a", "frames": ["engineio/server.py:405 sleep", "engineio/socket.py:1 x"]}
BUSY = {"thread": "b", "frames": ["app/model.py:13 predict", "python3.11/threading.py:982 run"]}


def stack(*threads: dict, seconds: float = 3.0):
    return event(seconds, Kind.STACK, why="all stood still", threads=list(threads))


def test_the_wire_is_believed() -> None:
    """The OPEN packet's numbers; None where nobody recorded them."""
    opening = event(1, Kind.HANDSHAKE, sid="A", ping_interval_s=1.0, ping_timeout_s=2.0)
    told = advertised(read_timeline(log(opening)), "A")
    assert told is not None
    assert (told.ping_interval_s, told.ping_timeout_s) == (1.0, 2.0)
    assert advertised(read_timeline(log(opening)), "B") is None


def test_the_last_heartbeat_is_the_last_whole_round_before_the_loss() -> None:
    """A PING without its PONG does not count; without any round it is the connect."""
    unanswered = event(3, Kind.PING_QUEUED, sid="A", waiting=0)
    timeline = read_timeline(log(connected(1), ping(2), unanswered, lost(5)))
    assert last_heartbeat_ns(timeline, timeline.drops[0]) == at(2.01)
    alone = read_timeline(log(connected(1), lost(5)))
    assert last_heartbeat_ns(alone, alone.drops[0]) == at(1)


def test_a_loss_is_told_in_the_words_of_its_side() -> None:
    """The client library's own line before its reason; the server has its reason alone."""
    line = "packet queue is empty, aborting"
    assert f"The client ended it: {line}" == told_by(lost(5, last_log=line))
    assert "The client ended it: transport error" == told_by(lost(5))
    assert "The server ended it: transport close" == told_by(server_lost(5))


def test_only_stalls_between_heartbeat_and_loss_count() -> None:
    """One before the last heartbeat, one after the loss, one too short: none of them."""
    timeline = read_timeline(
        log(connected(1), stall(1.1, 0.5), ping(2), stall(3, 1.5), stall(4.6, 0.1), lost(5))
    )
    found = stalls_before(timeline, timeline.drops[0], monitor="thread", at_least_s=0.4)
    assert [s.began_ns for s in found] == [at(3)]
    assert stalls_before(timeline, timeline.drops[0], monitor="loop", at_least_s=0.4) == ()


def test_the_one_thread_that_does_not_rest_is_what_blocked() -> None:
    """Its first frame of somebody's own code."""
    assert blocked_frame(stack(SLEEPING, BUSY)) == "app/model.py:13 predict"


def test_with_several_busy_threads_or_none_nobody_is_blamed() -> None:
    """Nobody can tell which of them held the others up."""
    other = {"thread": "c", "frames": ["app/other.py:7 work"]}
    assert blocked_frame(stack(BUSY, other)) == ""
    assert blocked_frame(stack(SLEEPING)) == ""
    assert blocked_frame(None) == ""

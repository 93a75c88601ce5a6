"""The PING that a client left unanswered, and the stall that explains it."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.clients.unanswered import (
    in_order,
    loss_steps,
    states_of,
    stood_still,
    unanswered,
    watched,
)
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients import client_log
from tests.diagnosis.clients.client_log import client, client_stall, gone, samples
from tests.log_builder import at, event, log, ping, stall


def test_the_ping_whose_time_ran_out() -> None:
    """It is due ping_timeout after it was queued, as the OPEN packet promised."""
    timeline = read_timeline(log(client(), client_log.unanswered(), gone()))
    found = unanswered(timeline, timeline.drops[0])
    assert found is not None
    assert (at(3), at(5), at(5.5)) == (found.queued_ns, found.due_ns, found.lost_ns)
    assert Kind.PING_WRITTEN is found.written.kind


@pytest.mark.parametrize(
    "events",
    [
        [*client_log.unanswered(written=4), *gone()],
        [*ping(3), *gone()],
        [*client_log.unanswered(), *gone(4)],
        [*client_log.unanswered(), stall(3.1, 1.5), *gone()],
        gone(),
    ],
    ids=[
        "written late: behind a queue",
        "answered",
        "lost before its time ran out",
        "the server itself stood still",
        "no PING was out",
    ],
)
def test_what_is_not_the_clients_doing(events: list[Event]) -> None:
    """One thing that is otherwise, and the PING says nothing about the client."""
    timeline = read_timeline(log(client(), events))
    assert unanswered(timeline, timeline.drops[0]) is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (client_stall(), True),
        (client_stall(begun=3.5), False),
        (client_stall(seconds=1.5), False),
        (client_stall("python"), False),
        (client_stall(monitor="thread"), False),
    ],
    ids=["covers it", "began too late", "too short", "another client's", "another heartbeat"],
)
def test_the_stall_that_covers_the_ping(told: Event, *, expected: bool) -> None:
    """It began before the PING could be read, and lasted until its time had run out."""
    timeline = read_timeline(log(client(), client_log.unanswered(), gone(), told))
    missed = unanswered(timeline, timeline.drops[0])
    assert missed is not None
    found = stood_still(timeline, missed, monitor="loop", fits=lambda _: True)
    assert (found is not None) == expected


def test_a_ping_that_was_read_meanwhile_was_not_missed() -> None:
    """A client that read the PING during its stall could run."""
    read = event(4, Kind.PING_RECEIVED, sid="A", witness=client_log.PROBE, client=1)
    timeline = read_timeline(log(client(), client_log.unanswered(), gone(), client_stall(), read))
    missed = unanswered(timeline, timeline.drops[0])
    assert missed is not None
    assert stood_still(timeline, missed, monitor="loop", fits=lambda _: True) is None


def test_who_is_watched_and_how() -> None:
    """A heartbeat counts for its own kind of client only."""
    timeline = read_timeline(log(client("node")))
    assert [True, False, False] == [
        watched(timeline, *asked)
        for asked in (("node", "loop"), ("node", "thread"), ("python", "thread"))
    ]


def test_samples_are_of_the_clients_own_process() -> None:
    """By the process id that it told when it connected, and within the time that was asked for."""
    timeline = read_timeline(log(client(), client_log.unanswered(), gone(), samples()))
    drop = timeline.drops[0]
    assert 2 == len(states_of(timeline, drop, at(3), at(5)))


def test_steps_come_in_order_of_time() -> None:
    """The server's word first, where it knew first."""
    timeline = read_timeline(log(client(), client_log.unanswered(), gone()))
    steps = loss_steps(timeline, timeline.drops[0])
    assert ["The server said: ping timeout", "The client said: ping timeout"] == [
        step.text for step in in_order(*reversed(steps))
    ]

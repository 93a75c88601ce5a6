"""GWS314: data that comes ever later, and a PING behind it."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Strength, Truth
from granite_ws.diagnosis.payloads.slow_consumer_backlog import check
from granite_ws.events import Event, EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, ended, python
from tests.log_builder import connected, emit, event, log, ping, quiet, server_lost

PING = event(3, Kind.PING_QUEUED, sid="A", waiting=0)
GONE = [*ended(7)[:1], server_lost(5.2, reason="ping timeout")]


def feed(*late_s: float) -> list[Event]:
    """One message of the feed each half second from 2 s on, each so late."""
    made: list[Event] = []
    for number, late in enumerate(late_s):
        made += emit(2 + number / 2, number + 1, arrives_s=late)
    return made


GROWING = feed(1.1, 1.4, 1.7, 2.0, 2.3)
PICTURES = [emitted(3.5, "picture", bytes=500_000), emitted(4.5, "picture", bytes=500_000)]


def truth_of(*parts: Event | list[Event]) -> Truth:
    return check(read_timeline(log(python(), *parts))).truth


def test_data_that_comes_later_and_later_before_the_loss() -> None:
    """The claim gives both delays and what was sent meanwhile; the way is in order of time."""
    finding = check(read_timeline(log(python(), GROWING, PICTURES, PING, GONE)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert Strength.INFERRED is finding.strength
    assert "first 1.1 s and at last 1.7 s after it was emitted" in finding.claim
    assert "1.0 MB" in finding.claim
    times = [step.event.at_ns for step in finding.path]
    assert (sorted(times), PING.at_ns) == (times, times[0])


def test_packets_before_the_ping_are_told() -> None:
    """Where the server's own queue was the place of waiting, the way says how long it was."""
    behind = event(3, Kind.PING_QUEUED, sid="A", waiting=12)
    finding = check(read_timeline(log(python(), GROWING, behind, GONE)))
    assert "behind 12 packets" in finding.path[0].text


@pytest.mark.parametrize(
    "parts",
    [
        [feed(1.5, 1.5, 1.5, 1.5, 1.5), PING],
        [feed(0.01, 0.02, 0.01, 0.02, 0.4), PING],
        [emit(2, 1), emit(2.5, 2, arrives_s=4.6), emit(4, 3, arrives_s=3.2), PING],
        [GROWING, ping(3)],
        [GROWING],
    ],
    ids=[
        "always late by the same: a long line",
        "hardly late: a lost PONG",
        "nothing until the loss: a client or a wire that stands still",
        "the PING arrived in time",
        "no PING was due",
    ],
)
def test_each_discriminator_refutes_it(parts: list[list[Event]]) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is truth_of(*parts, GONE)


def test_without_the_feeds_delays_it_is_unknown() -> None:
    """Nobody measured how late anything was; a healthy session is refuted."""
    session: EventLog = log(connected(1), PING, GONE)
    assert Truth.UNKNOWN is check(read_timeline(session)).truth
    assert Truth.REFUTED is check(read_timeline(log(quiet()))).truth

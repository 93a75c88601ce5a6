"""GWS313: a PING behind a large text, and a client that is busy."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.finding import Strength, Truth
from granite_ws.diagnosis.payloads.pyclient_utf8_stall import check
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import read_timeline
from tests.diagnosis.payloads.message_log import emitted, ended, python, received
from tests.log_builder import event, log, ping, quiet, server_lost

SIZE = 16_000_000
BIG = emitted(2, bytes=SIZE)
ARRIVED = received(6, bytes=SIZE)


def samples(percent: float, role: str = "probe") -> list[Event]:
    return [
        event(2.5 + s, Kind.SAMPLE, witness=Witness.SAMPLER, role=role, cpu_percent=percent)
        for s in range(6)
    ]


def session(
    *,
    busy: float = 80,
    sent: list[Event] | None = None,
    meanwhile: list[Event] | None = None,
    arrived: Event = ARRIVED,
    kind: str = "python",
) -> EventLog:
    """The server gave the client up at 5 s; the client had the text at 6 s, and left."""
    return log(
        python(kind=kind),
        BIG,
        ping(2.6)[:2] if sent is None else sent,
        meanwhile or [],
        samples(busy),
        server_lost(5, reason="ping timeout"),
        arrived,
        ended(6.1)[:1],
    )


def truth_of(events: EventLog) -> Truth:
    return check(read_timeline(events)).truth


def test_a_busy_client_that_read_the_ping_too_late() -> None:
    """Size, time and rate are in the claim; the way is in order of time; it is inferred."""
    finding = check(read_timeline(session()))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert Strength.INFERRED is finding.strength
    for words in ("16.0 MB", "4.0 s", "4.0 MB/s"):
        assert words in finding.claim
    times = [step.event.at_ns for step in finding.path]
    assert (sorted(times), BIG.at_ns) == (times, times[0])
    assert "skip_utf8_validation" in finding.remedy


@pytest.mark.parametrize(
    "events",
    [
        session(busy=3),
        session(sent=[event(2.6, Kind.PING_QUEUED, sid="A", waiting=3)]),
        session(sent=[*ping(2.6)[:1], event(4.6, Kind.PING_WRITTEN, sid="A")]),
        session(meanwhile=[received(4, "progress")]),
        session(arrived=received(6, bytes=300)),
        session(kind="python-async"),
    ],
    ids=[
        "an idle client: a slow line",
        "a PING that was never written: a queue",
        "a PING that was written late: a queue",
        "other messages came meanwhile: not blocked",
        "no large text",
        "a client that checks in C",
    ],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is truth_of(events)


def test_the_clients_second_rule_is_the_limit_where_it_came_first() -> None:
    """The check went on for longer than the client may be silent: max(pi, pt) + 5 s."""
    line = "packet queue is empty, aborting"
    parts = [*python(), BIG, *ping(2.6)[:2], *samples(80), ARRIVED]
    finding = check(read_timeline(log(parts, ended(6.1, last_log=line))))
    assert (Truth.SUPPORTED, "write_idle") == (finding.truth, finding.limit)
    assert "" == check(read_timeline(session())).limit


def test_without_samples_it_is_unknown() -> None:
    """Whether the client was busy or its line was slow cannot be told."""
    events = EventLog(tuple(e for e in session() if e.kind is not Kind.SAMPLE))
    assert Truth.UNKNOWN is truth_of(events)


def test_a_healthy_session_is_refuted() -> None:
    """Nobody was lost."""
    assert Truth.REFUTED is truth_of(log(quiet()))

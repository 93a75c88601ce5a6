"""GWS401: a JavaScript client's busy thread."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.clients.js_main_thread_blocked import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients.client_log import client, client_stall, gone, unanswered
from tests.log_builder import log, quiet

SESSION = log(client(), unanswered(), gone(), client_stall())


def test_a_busy_thread_is_supported() -> None:
    """The claim has the seconds; the way goes from the PING to the loss, in order of time."""
    finding = check(read_timeline(SESSION))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "7.0 s" in finding.claim
    times = [step.event.at_ns for step in finding.path]
    assert (sorted(times), Kind.PING_WRITTEN) == (times, finding.path[0].event.kind)
    assert "Worker" in finding.remedy


def test_a_thread_that_others_keep_from_its_core_is_busy() -> None:
    """On a crowded machine most of the time is waiting for a core."""
    crowded = log(client(), unanswered(), gone(), client_stall(cpu_s=0.6, waited_s=6.4))
    assert Truth.SUPPORTED is check(read_timeline(crowded)).truth


@pytest.mark.parametrize(
    "events",
    [
        log(client(), unanswered(), gone(), client_stall(cpu_s=0.001)),
        log(client(), unanswered(), gone(), client_stall(seconds=1)),
        log(client(), unanswered(written=4), gone(), client_stall()),
        log(client("python"), unanswered(), gone(), client_stall("python", "thread")),
        log(quiet()),
    ],
    ids=["not run at all: suspended", "too short", "a PING in a queue", "a Python client", "calm"],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


@pytest.mark.parametrize("missing", [Kind.MONITOR_STARTED, Kind.PING_QUEUED])
def test_without_one_of_its_witnesses_it_is_unknown(missing: Kind) -> None:
    """Nobody watched the client's loop, or the server's heartbeat."""
    events = EventLog(tuple(e for e in SESSION if e.kind is not missing))
    assert Truth.UNKNOWN is check(read_timeline(events)).truth

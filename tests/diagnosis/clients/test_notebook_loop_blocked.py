"""GWS403: an asyncio client's loop that was kept."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.clients.notebook_loop_blocked import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients.client_log import client, client_stall, gone, unanswered
from tests.log_builder import log, quiet

KIND = "python-async"
KEPT = client_stall(KIND, cpu_s=0.0)
SESSION = log(client(KIND), unanswered(), gone(), KEPT)


@pytest.mark.parametrize("cpu_s", [0.0, 6.9], ids=["it waited", "it computed"])
def test_a_loop_that_stood_alone_is_supported(cpu_s: float) -> None:
    """Whatever the cell did: the loop stood still, and the process's threads did not."""
    kept = client_stall(KIND, cpu_s=cpu_s)
    finding = check(read_timeline(log(client(KIND), unanswered(), gone(), kept)))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    times = [step.event.at_ns for step in finding.path]
    assert sorted(times) == times
    assert "asyncio.to_thread" in finding.remedy


@pytest.mark.parametrize(
    "events",
    [
        log(client(KIND), unanswered(), gone(), KEPT, client_stall(KIND, "thread")),
        log(client(KIND), unanswered(written=4), gone(), KEPT),
        log(client("node"), unanswered(), gone(), client_stall("node")),
        log(quiet()),
    ],
    ids=["all of it stood still", "a PING in a queue", "a JavaScript client", "calm"],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_a_thread_that_was_late_for_a_moment_does_not_matter() -> None:
    """A busy machine delays a thread's beat, too; but not for most of the loop's stall."""
    moment = client_stall(KIND, "thread", begun=4, seconds=0.5)
    events = log(client(KIND), unanswered(), gone(), KEPT, moment)
    assert Truth.SUPPORTED is check(read_timeline(events)).truth


@pytest.mark.parametrize("missing", [Kind.MONITOR_STARTED, Kind.PING_QUEUED])
def test_without_one_of_its_witnesses_it_is_unknown(missing: Kind) -> None:
    """Nobody watched the client, or the server's heartbeat."""
    events = EventLog(tuple(e for e in SESSION if e.kind is not missing))
    assert Truth.UNKNOWN is check(read_timeline(events)).truth

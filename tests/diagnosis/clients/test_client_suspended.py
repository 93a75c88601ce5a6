"""GWS402: a client's stopped process."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.clients.client_suspended import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients.client_log import client, client_stall, gone, samples, unanswered
from tests.log_builder import log, quiet

ASLEEP = client_stall(cpu_s=0.0003)
SESSION = log(client(), unanswered(), gone(), ASLEEP, samples("stopped"))


@pytest.mark.parametrize("kind", ["node", "python", "python-async"])
def test_a_stopped_process_is_supported(kind: str) -> None:
    """For every kind of client: found stopped at each look, and no processor time."""
    monitor = "loop" if kind == "node" else "thread"
    asleep = client_stall(kind, monitor, cpu_s=0.0003)
    events = log(client(kind), unanswered(), gone(), asleep, samples("stopped", kind))
    finding = check(read_timeline(events))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "7.0 s" in finding.claim
    times = [step.event.at_ns for step in finding.path]
    assert sorted(times) == times


def test_a_process_that_never_woke_up_is_supported() -> None:
    """It told of nothing; the looks from outside are enough."""
    server_only = [e for e in gone() if e.kind is Kind.CLIENT_DISCONNECTED]
    finding = check(read_timeline(log(client(), unanswered(), server_only, samples("stopped"))))
    assert (Truth.SUPPORTED, True) == (finding.truth, "not seen to run again" in finding.claim)


@pytest.mark.parametrize(
    "events",
    [
        log(client(), unanswered(), gone(), client_stall(), samples("running")),
        log(client(), unanswered(), gone(), client_stall(), samples("stopped")),
        log(client(), unanswered(), gone(), ASLEEP, samples("sleeping")),
        log(client(), unanswered(written=4), gone(), ASLEEP, samples("stopped")),
        log(quiet()),
    ],
    ids=["busy", "it used its processor", "it slept by itself", "a PING in a queue", "calm"],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


@pytest.mark.parametrize("missing", [Kind.SAMPLE, Kind.PING_QUEUED])
def test_without_one_of_its_witnesses_it_is_unknown(missing: Kind) -> None:
    """Nobody looked from outside, or nobody watched the server's heartbeat."""
    events = EventLog(tuple(e for e in SESSION if e.kind is not missing))
    assert Truth.UNKNOWN is check(read_timeline(events)).truth

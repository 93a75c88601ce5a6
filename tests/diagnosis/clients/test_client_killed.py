"""GWS406: a client's process that ended without a word."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.clients.client_killed import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients.client_log import PID, client, gone
from tests.log_builder import event, log, quiet, server_lost


def end(seconds: float = 4.1, code: int = -9, *, asked: bool = False, pid: int = PID) -> Event:
    facts = {"role": "probe", "pid": pid, "exit_code": code, "asked": asked}
    return event(seconds, Kind.PROCESS_ENDED, witness=Witness.RUNNER, **facts)


@pytest.mark.parametrize(
    ("code", "words"), [(-9, "ended by signal 9"), (1, "exited with code 1")], ids=str
)
def test_an_end_without_a_word_is_supported(code: int, words: str) -> None:
    """By a signal or by itself; the server saw the connection end a moment before the runner."""
    finding = check(read_timeline(log(client(), server_lost(4), end(code=code))))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert words in finding.claim
    assert [Kind.CLIENT_DISCONNECTED, Kind.PROCESS_ENDED] == [s.event.kind for s in finding.path]


@pytest.mark.parametrize(
    "events",
    [
        log(client(), server_lost(4, reason="ping timeout"), end(asked=True)),
        log(client(), gone(4, 4.05, "transport close"), end()),
        log(client(), server_lost(4, reason="ping timeout"), end(pid=78)),
        log(client(), server_lost(4, reason="ping timeout"), end(9)),
        log(client(), quiet()),
    ],
    ids=[
        "the runner asked it to end",
        "it had told of the loss before",
        "another process ended",
        "the server had given up long before",
        "calm",
    ],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_without_the_processes_it_is_unknown() -> None:
    """A log that tells of no process cannot tell how one ended."""
    events = log(client(), gone())
    unseen = EventLog(tuple(e for e in events if e.kind is not Kind.PROCESS_STARTED))
    assert Truth.UNKNOWN is check(read_timeline(unseen)).truth

"""GWS405: the client's own code called disconnect."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.diagnosis.clients.client_left import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients.client_log import PID, client
from tests.log_builder import event, log, quiet, server_lost

CALL = event(4, Kind.DISCONNECT_CALLED, sid="A", witness=Witness.PROBE, client=1, thread="main")


def told(reason: str, *, own: bool = False) -> Event:
    facts = {"client": 1, "own": own, "reason": reason, "last_log": None}
    return event(4.01, Kind.DISCONNECTED, sid="A", witness=Witness.PROBE, **facts)


@pytest.mark.parametrize(
    ("reason", "seen_as"),
    [("io client disconnect", "client disconnect"), ("client disconnect", "transport close")],
    ids=["JavaScript", "Python"],
)
def test_the_librarys_own_word_is_supported(reason: str, seen_as: str) -> None:
    """With the call where it was seen, and without it: the library says that it was told to."""
    for calls in ([CALL], []):
        finding = check(read_timeline(log(client(), calls, told(reason), server_lost(4.1))))
        assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    with_call = log(client(), CALL, told(reason), server_lost(4.1, reason=seen_as))
    path = check(read_timeline(with_call)).path
    assert [Kind.DISCONNECT_CALLED, Kind.DISCONNECTED, Kind.CLIENT_DISCONNECTED] == [
        step.event.kind for step in path
    ]


@pytest.mark.parametrize(
    "events",
    [
        log(client(), told("parse error"), server_lost(4.1, reason="client disconnect")),
        log(client(), told("client disconnect"), server_lost(3, reason="ping timeout")),
        log(client(), told("io client disconnect", own=True), server_lost(4.1)),
        log(quiet()),
    ],
    ids=["a parser's refusal", "the server had given up before", "on purpose", "calm"],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_a_client_that_nobody_heard_is_unknown() -> None:
    """The server alone cannot tell a leaving client from a parser that refused a message."""
    facts: dict[str, Any] = {"pid": PID, "role": "probe-node", "asked": False, "exit_code": -9}
    ended = event(4.2, Kind.PROCESS_ENDED, witness=Witness.RUNNER, **facts)
    events = log(client(), server_lost(4, reason="client disconnect"), ended)
    assert Truth.UNKNOWN is check(read_timeline(events)).truth

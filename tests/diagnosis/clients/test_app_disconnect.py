"""GWS404: the server's own code ended it."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.diagnosis.clients.app_disconnect import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, EventLog, Kind, Witness
from granite_ws.timeline import read_timeline
from tests.diagnosis.clients.client_log import client
from tests.log_builder import event, log, quiet, server_lost


def call(seconds: float = 4.0, witness: Witness = Witness.SERVER, sid: str = "A") -> Event:
    facts: dict[str, Any] = {"thread": "cleaner", "frames": ["app/visits.py:12 end_idle"]}
    return event(seconds, Kind.DISCONNECT_CALLED, sid=sid, witness=witness, **facts)


def shown_out(
    client_said: str = "io server disconnect", server_said: str = "server disconnect"
) -> list[Event]:
    facts = {"client": 1, "own": False, "reason": client_said, "last_log": None}
    return [
        event(4.02, Kind.DISCONNECTED, sid="A", witness=Witness.PROBE, **facts),
        server_lost(4.01, reason=server_said),
    ]


@pytest.mark.parametrize("said", ["io server disconnect", "server disconnect"])
def test_a_call_and_its_effect_are_supported(said: str) -> None:
    """In either client's words; the caller's file and line are in the claim; it is intended."""
    finding = check(read_timeline(log(client(), call(), shown_out(said))))
    assert (Truth.SUPPORTED, ("A",)) == (finding.truth, finding.explains)
    assert "app/visits.py:12 end_idle" in finding.claim
    assert finding.remedy.startswith("Intended")
    times = [step.event.at_ns for step in finding.path]
    assert (sorted(times), Kind.DISCONNECT_CALLED) == (times, finding.path[0].event.kind)


@pytest.mark.parametrize(
    "events",
    [
        log(client(), shown_out()),
        log(client(), call(witness=Witness.PROBE), shown_out()),
        log(client(), call(sid="B"), shown_out()),
        log(client(), call(), shown_out("transport close", "transport close")),
        log(quiet()),
    ],
    ids=[
        "nobody called: a POST was too big",
        "the client called",
        "another one was shown out",
        "it was lost otherwise",
        "calm",
    ],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """A client was shown out, and nobody saw by whom."""
    events = log(client("python"), shown_out()[:1])
    unseen = EventLog(tuple(e for e in events if e.kind is not Kind.HANDSHAKE))
    assert Truth.UNKNOWN is check(read_timeline(unseen)).truth

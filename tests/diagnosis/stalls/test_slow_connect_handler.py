"""GWS123: clients that are lost before they are accepted."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.slow_connect_handler import check
from granite_ws.events import Event, Kind, Witness
from tests.diagnosis.stalls.served_logs import (
    CONNECTING,
    SYNC_HANDLER,
    gone,
    look,
    promised,
    timeline,
    unwatched,
)
from tests.log_builder import connected, event, quiet


def refused(seconds: float) -> Event:
    facts = {"client": 1, "error": "transport error before the namespace was connected"}
    return event(seconds, Kind.CONNECT_FAILED, sid="A", witness=Witness.PROBE, **facts)


def test_a_client_given_up_in_its_connect_handler_is_trouble_without_a_drop() -> None:
    """Handshake, look, the server's line: there was no connection that could drop."""
    found = check(timeline(promised(1), look(3, CONNECTING), gone(5), refused(5.1)))
    assert (Truth.SUPPORTED, ()) == (found.truth, found.explains)
    assert "app/views.py:3 connect" == found.blocked_at
    assert "after 4.0 s" in found.claim
    kinds = [step.event.kind for step in found.path]
    assert [Kind.HANDSHAKE, Kind.STACK, Kind.SERVER_LOG] == kinds


def test_the_clients_word_is_enough() -> None:
    """With the engine's log off the client still tells that it gave up."""
    found = check(timeline(promised(1), look(3, CONNECTING), refused(5.1)))
    assert Truth.SUPPORTED is found.truth
    assert refused(5.1) == found.path[-1].event


def test_a_slow_client_that_is_accepted_after_all_is_none() -> None:
    """Late, and there."""
    accepted = timeline(promised(1), look(3, CONNECTING), connected(3.5), refused(9))
    assert Truth.REFUTED is check(accepted).truth


def test_another_handler_and_another_refusal_are_none() -> None:
    """The look must show the connect handler, and the loss must come after it."""
    for events in (
        [promised(1), look(3, SYNC_HANDLER), gone(5)],
        [promised(1), look(3, CONNECTING)],
        [promised(1), refused(2)],
    ):
        assert Truth.REFUTED is check(timeline(events)).truth


def test_a_healthy_session_is_none() -> None:
    """Nobody was lost before it was accepted."""
    assert Truth.REFUTED is check(timeline(promised(0.9), quiet())).truth


def test_without_the_servers_side_it_is_unknown() -> None:
    """Neither without its handshakes nor without its heartbeat."""
    assert Truth.UNKNOWN is check(unwatched(promised(1), refused(5))).truth
    assert Truth.UNKNOWN is check(timeline(refused(5))).truth

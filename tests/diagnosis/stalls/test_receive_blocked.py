"""The thread that should read the PONG is in the application's code."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.receive_blocked import Blocking, judge_blocking
from granite_ws.events import Kind
from tests.diagnosis.stalls.served_logs import (
    RESTING,
    SYNC_HANDLER,
    look,
    timeline,
    unread,
    unwatched,
)
from tests.log_builder import lost, quiet, stall

HANDLERS = Blocking("GWS000", "x", "_handle_event", "an event handler", "remedy", ("issue#1",))


def test_the_path_leads_from_the_ping_to_the_loss() -> None:
    """PING, answer, look, loss; in order of time, with the frame that was in the way."""
    found = judge_blocking(timeline(unread(look(4.1, SYNC_HANDLER))), HANDLERS)
    assert Truth.SUPPORTED is found.truth
    assert ("A",) == found.explains
    assert "app/views.py:7 analyse" == found.blocked_at
    kinds = [step.event.kind for step in found.path]
    assert [Kind.PING_QUEUED, Kind.PONG_SENT, Kind.STACK, Kind.CLIENT_DISCONNECTED] == kinds
    assert "was read 6.0 s after it" in found.claim


def test_a_pong_that_was_never_read_is_said_to_be_unread() -> None:
    """The claim does not invent a time at which it was read."""
    found = judge_blocking(timeline(unread(look(4.1, SYNC_HANDLER), read_at=None)), HANDLERS)
    assert "was still unread at the loss 2.2 s after it" in found.claim


def test_only_the_clients_whose_own_look_shows_it_are_explained() -> None:
    """Another client's drop at the same time has its own cause."""
    both = [unread(look(4.1, SYNC_HANDLER)), unread(look(4.1, RESTING, sid="B"), sid="B")]
    assert ("A",) == judge_blocking(timeline(*both), HANDLERS).explains


def test_a_client_that_did_not_answer_is_not_explained() -> None:
    """It is the client that was silent, whatever a handler did meanwhile."""
    silent = timeline(unread(look(4.1, SYNC_HANDLER), answered=False))
    assert Truth.REFUTED is judge_blocking(silent, HANDLERS).truth


def test_a_server_that_stood_still_is_another_cause() -> None:
    """Its handlers were found in the middle of something because nothing ran."""
    stood = timeline(unread(look(4.1, SYNC_HANDLER)), stall(2.9, 2.2))
    assert Truth.REFUTED is judge_blocking(stood, HANDLERS).truth


def test_nothing_lost_is_nothing_blocked() -> None:
    """A slow handler without a drop is no drop's cause."""
    assert Truth.REFUTED is judge_blocking(timeline(quiet()), HANDLERS).truth
    held = [e for e in unread(look(4.1, SYNC_HANDLER)) if e.kind is not Kind.DISCONNECTED]
    held = [e for e in held if e.kind is not Kind.CLIENT_DISCONNECTED]
    assert Truth.REFUTED is judge_blocking(timeline(held, lost(20, own=True)), HANDLERS).truth


def test_without_a_look_nobody_knows() -> None:
    """Missing evidence is unknown, never fine."""
    assert Truth.UNKNOWN is judge_blocking(unwatched(unread()), HANDLERS).truth

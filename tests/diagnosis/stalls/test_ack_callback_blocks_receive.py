"""GWS122: an emit's callback where packets are read."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.ack_callback_blocks_receive import check
from tests.diagnosis.stalls.served_logs import (
    CALLBACK,
    CONNECTING,
    SYNC_HANDLER,
    look,
    timeline,
    unread,
    unwatched,
)


def test_a_pong_behind_a_callback_is_explained() -> None:
    """With the frame of the callback."""
    found = check(timeline(unread(look(4.1, CALLBACK))))
    assert (Truth.SUPPORTED, ("A",)) == (found.truth, found.explains)
    assert "app/views.py:30 confirmed" == found.blocked_at


def test_event_and_connect_handlers_are_not() -> None:
    """Each is another cause."""
    for frames in (SYNC_HANDLER, CONNECTING):
        assert Truth.REFUTED is check(timeline(unread(look(4.1, frames)))).truth


def test_without_looks_it_is_unknown() -> None:
    """Nobody saw where the thread was."""
    assert Truth.UNKNOWN is check(unwatched(unread())).truth

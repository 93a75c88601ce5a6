"""GWS121: an event handler where packets are read."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.sync_handlers_block_receive import check
from tests.diagnosis.stalls.served_logs import (
    ASYNC_HANDLER,
    CALLBACK,
    CONNECTING,
    SYNC_HANDLER,
    look,
    timeline,
    unread,
    unwatched,
)


def test_a_pong_behind_an_event_handler_is_explained() -> None:
    """With the setting that cures it."""
    found = check(timeline(unread(look(4.1, SYNC_HANDLER))))
    assert (Truth.SUPPORTED, ("A",)) == (found.truth, found.explains)
    assert "async_handlers=True" in found.remedy


def test_callbacks_connect_handlers_and_threads_of_their_own_are_not() -> None:
    """Each is another cause, or none."""
    for frames in (CALLBACK, CONNECTING, ASYNC_HANDLER):
        assert Truth.REFUTED is check(timeline(unread(look(4.1, frames)))).truth


def test_without_looks_it_is_unknown() -> None:
    """Nobody saw where the thread was."""
    assert Truth.UNKNOWN is check(unwatched(unread())).truth

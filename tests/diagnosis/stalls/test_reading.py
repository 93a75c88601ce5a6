"""What a look at the stacks tells of the threads that serve a connection."""

from __future__ import annotations

from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Kind
from tests.diagnosis.stalls.served_logs import (
    ASYNC_HANDLER,
    FOUND_GONE,
    LEFT_ITSELF,
    RESTING,
    SHIPS,
    SYNC_HANDLER,
    WAITS_FOR_LOG,
    WRITES,
    look,
    silent,
    timeline,
    unread,
    unwatched,
)
from tests.log_builder import at, event, stall


def test_the_handler_is_the_applications_frame_nearest_to_the_library() -> None:
    """Not the query that it waits for, and not the library's wrapper."""
    frame = reading.handler_frame(look(1, RESTING, SYNC_HANDLER), "_handle_event")
    assert "app/views.py:7 analyse" == frame


def test_a_handler_in_a_thread_of_its_own_keeps_nobody_from_reading() -> None:
    """Without the receive loop's frame below it, it is no reason."""
    assert "" == reading.handler_frame(look(1, ASYNC_HANDLER), "_handle_event")


def test_another_door_of_the_library_is_another_cause() -> None:
    """A callback is no event handler."""
    assert "" == reading.handler_frame(look(1, SYNC_HANDLER), "_handle_ack")


def test_a_handler_that_waits_for_a_log_line_is_not_what_is_slow() -> None:
    """The logging is, and it has its own causes."""
    stuck = ["logging/__init__.py:927 acquire", *SYNC_HANDLER]
    assert "" == reading.handler_frame(look(1, stuck), "_handle_event")


def test_the_engines_own_frames_are_not_mistaken_for_the_handler_of_connect() -> None:
    """Engine.IO has a ``_handle_connect`` under every WebSocket; Socket.IO's is meant."""
    idle = ["simple_websocket/ws.py:96 receive", "engineio/server.py:443 _handle_connect"]
    assert "" == reading.handler_frame(look(1, idle), "_handle_connect", below=".*")


def test_who_noticed_is_told_from_who_left() -> None:
    """A disconnect handler in the client's own thread holds up nobody else."""
    door = "_handle_eio_disconnect"
    found = reading.handler_frame(look(1, FOUND_GONE), door, below=reading.NOTICING)
    own = reading.handler_frame(look(1, LEFT_ITSELF), door, below=reading.NOTICING)
    assert ("app/views.py:9 disconnect", "") == (found, own)


def test_a_jam_has_a_holder_and_a_serving_thread_that_waits() -> None:
    """The holder's line is named by where it came from."""
    jam = reading.jam_in(look(1, RESTING, WAITS_FOR_LOG, WRITES))
    assert (
        reading.Jam("T3", "app/jobs.py:5 step", is_writing=True, is_packet=False, waiting=1) == jam
    )


def test_a_handler_of_the_applications_own_may_hold_the_jam() -> None:
    """It is in no write of Python's; the line that it handles is a packet."""
    jam = reading.jam_in(look(1, SHIPS, WAITS_FOR_LOG))
    assert jam is not None
    assert ("engineio/socket.py:78 send", False, True) == (
        jam.frame,
        jam.is_writing,
        jam.is_packet,
    )


def test_a_line_that_nobody_waits_for_is_no_jam() -> None:
    """Every server writes lines; and a thread that waits alone waits for one that is gone."""
    assert reading.jam_in(look(1, WRITES, RESTING)) is None
    assert reading.jam_in(look(1, WAITS_FOR_LOG)) is None


def test_a_pong_that_was_read_in_time_is_not_unread() -> None:
    """Nor one that a watched client never sent; one that lay there until later is."""
    late, early = timeline(unread()), timeline(unread(read_at=3.2))
    never = timeline(unread(answered=False))
    unread_pings = [reading.unread_ping(t, t.drops[0]) for t in (late, early, never)]
    assert [at(3), None, None] == [p and p.queued_ns for p in unread_pings]


def test_looks_count_between_the_last_heartbeat_and_the_loss() -> None:
    """Earlier and later ones show something else."""
    looks = [look(2.5, RESTING), look(5, RESTING), look(7, RESTING)]
    found = timeline(silent(*looks))
    assert (looks[1],) == reading.looks_before(found, found.drops[0])


def test_a_stall_that_could_have_dropped_the_client_may_have_done_it() -> None:
    """With pi = 1 s and pt = 2 s nothing below 2 s drops anybody, at whatever phase."""
    long, short = timeline(silent(), stall(4, 2.1)), timeline(silent(), stall(4, 1.2))
    assert reading.stood_still(long, long.drops[0])
    assert not reading.stood_still(short, short.drops[0])


def test_only_the_servers_own_heartbeat_makes_it_watched() -> None:
    """Without it there was no look at the stacks."""
    assert (True, False) == (
        reading.is_watched(timeline(silent())),
        reading.is_watched(unwatched(silent())),
    )


def test_greenlets_and_coroutines_that_wait_are_on_no_stack() -> None:
    """There a look shows nothing of them; where none is told, threads are meant."""
    loop = {"monitor": "loop", "beat_s": 0.05}
    for scheduler, seen in (("threading", True), ("gevent", False), ("asgi", False)):
        started = event(0.1, Kind.MONITOR_STARTED, scheduler=scheduler, **loop)
        assert seen is reading.sees_all(timeline(started))
    assert reading.sees_all(timeline(silent()))
    assert not reading.sees_all(unwatched(silent()))

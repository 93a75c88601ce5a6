"""GWS124: a disconnect handler in whoever noticed."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.slow_disconnect_handler import check
from granite_ws.events import Event, Kind
from tests.diagnosis.stalls.served_logs import (
    FOUND_GONE,
    LEFT_ITSELF,
    gone,
    look,
    timeline,
    unwatched,
)
from tests.log_builder import event, quiet, stall

WHY = "a disconnect is under way"


def slow(*frames: list[str]) -> list[Event]:
    """Found gone at 4.1 s during iteration 4's emit; the handler returned at 10.1 s."""
    return [
        event(4.05, Kind.EMIT_BEGUN, iteration=4, bytes=10, point={}),
        gone(4.1, "B"),
        look(5.2, *frames, sid="B", why=WHY),
        gone(10.1, "B"),
        event(10.2, Kind.EMIT_DONE, iteration=4),
    ]


def test_an_emitter_in_the_disconnect_handler_is_trouble() -> None:
    """With how long it took, and what it held up; nobody dropped by it."""
    found = check(timeline(slow(FOUND_GONE)))
    assert (Truth.SUPPORTED, ()) == (found.truth, found.explains)
    assert "took 6.0 s in a thread that emits" in found.claim
    assert "iteration 4 was held up for 6.2 s" in found.claim
    assert [Kind.SERVER_LOG, Kind.STACK, Kind.SERVER_LOG] == [s.event.kind for s in found.path]


def test_the_task_that_watches_all_clients_is_named() -> None:
    """While it is in the handler, nobody else is given up."""
    frames = [*FOUND_GONE, "engineio/server.py:522 _service_task"]
    assert "the task that watches all clients" in check(timeline(slow(frames))).claim


def test_without_the_engines_lines_the_length_is_a_bound() -> None:
    """The look was taken because it took that long."""
    found = check(timeline(look(5.2, FOUND_GONE, sid="B", why=WHY)))
    assert Truth.SUPPORTED is found.truth
    assert "took more than 1 s" in found.claim


def test_an_emit_that_never_returned_is_said_to_be_one() -> None:
    """The log ends before the handler does."""
    found = check(timeline(slow(FOUND_GONE)[:3]))
    assert "the emit of iteration 4 never returned" in found.claim


def test_a_client_that_left_by_itself_holds_up_nobody() -> None:
    """Its handler runs in its own thread."""
    assert Truth.REFUTED is check(timeline(slow(LEFT_ITSELF))).truth


def test_time_in_which_the_whole_server_stood_still_does_not_count() -> None:
    """Of 6 s a stall of 5.5 s leaves too little for the handler, one of 2 s enough."""
    assert Truth.REFUTED is check(timeline(slow(FOUND_GONE), stall(4.2, 5.5))).truth
    assert Truth.SUPPORTED is check(timeline(slow(FOUND_GONE), stall(4.2, 2))).truth
    bound = look(5.2, FOUND_GONE, sid="B", why=WHY)
    assert Truth.REFUTED is check(timeline(bound, stall(4.4, 0.7))).truth


def test_the_handler_returns_with_the_last_word() -> None:
    """Other emitters find the same client gone while the handler still runs."""
    assert "took 6.0 s" in check(timeline(slow(FOUND_GONE), gone(7, "B"))).claim


def test_a_healthy_session_is_none_and_an_unwatched_one_unknown() -> None:
    """No look, no claim; no heartbeat, no knowledge."""
    assert Truth.REFUTED is check(timeline(quiet())).truth
    assert Truth.UNKNOWN is check(unwatched(slow(LEFT_ITSELF)[:2])).truth

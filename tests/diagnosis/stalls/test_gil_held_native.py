"""GWS101: native code that keeps the interpreter lock."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls.gil_held_native import check
from granite_ws.events import Event
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import (
    HOLDER,
    RESTING,
    emitted,
    everything,
    look,
    sample,
    still,
    timeline_of,
    write_idle,
)


def judged(*parts: Event | list[Event]) -> Finding:
    """The finding on a session with these events."""
    return check(read_timeline(still(*parts)))


def test_it_names_the_line_that_kept_the_lock() -> None:
    """One thread was at work while all others rested."""
    finding = check(timeline_of("gil_held_native"))
    assert (Truth.SUPPORTED, HOLDER[0]) == (finding.truth, finding.blocked_at)
    assert "4.0 s" in finding.claim


def test_of_two_busy_threads_neither_is_blamed_alone() -> None:
    """One kept the lock and one waited for it: both are told, and none is named as the one."""
    finding = judged(everything(), sample(5), look(HOLDER, ["app/feed.py:3 fit"], RESTING))
    assert (Truth.SUPPORTED, "") == (finding.truth, finding.blocked_at)
    assert "app/model.py:12 predict, app/feed.py:3 fit" in finding.claim


def test_an_onlooker_tells_which_of_two_it_was() -> None:
    """py-spy reads who has the lock: that one is named, though another one is at work, too."""
    seen = look(["app/feed.py:3 fit"], HOLDER, RESTING, owner=1)
    assert HOLDER[0] == judged(everything(), sample(5), seen).blocked_at


def test_a_lock_that_nobody_held_leaves_it_open() -> None:
    """Something else kept the server from running."""
    seen = look(HOLDER, RESTING, owner=-1)
    assert Truth.UNKNOWN is judged(everything(), sample(5), seen).truth


def test_a_collection_without_much_processor_is_not_it() -> None:
    """On a crowded machine the collector is slow, and still the collector."""
    slow = everything(cpu_s=0.5, collected_s=3.5)
    assert Truth.REFUTED is judged(slow, sample(5), look(HOLDER)).truth


def test_an_import_that_waits_is_not_suspected() -> None:
    """A thread that reads a module's file waits for its turn like all others."""
    waiting = ["<frozen importlib._bootstrap_external>:147 _path_stat", "app/x.py:1 <module>"]
    assert HOLDER[0] == judged(everything(), sample(5), look(HOLDER, waiting)).blocked_at


def test_nobody_outside_and_no_processor_time_is_unknown() -> None:
    """A stopped process looks just so from within."""
    assert Truth.UNKNOWN is judged(everything(), look(HOLDER)).truth


def test_a_busy_process_was_not_stopped_even_unseen() -> None:
    """Processor time is proof enough."""
    assert Truth.SUPPORTED is judged(everything(cpu_s=3.9), look(HOLDER)).truth


def test_without_a_look_it_is_unknown() -> None:
    """Nobody saw who kept it."""
    assert Truth.UNKNOWN is judged(everything(), sample(5)).truth


def test_a_huge_message_beside_it_leaves_it_open() -> None:
    """Encoding, logging or sending it may have kept the lock as well."""
    finding = judged(everything(), sample(5), look(HOLDER), emitted(20_000_000))
    assert Truth.UNKNOWN is finding.truth


def test_it_names_the_limit_that_made_it_a_drop() -> None:
    """The stall is the trigger; the Python client's second rule is the limit."""
    seen = look(HOLDER, seconds=15.81)
    finding = check(read_timeline(write_idle(sample(10), seen)))
    assert (Truth.SUPPORTED, "write_idle") == (finding.truth, finding.limit)

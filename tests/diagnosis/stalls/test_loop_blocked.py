"""A loop or hub that stands still while the rest of the server runs."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Truth
from granite_ws.diagnosis.stalls.episodes import episodes
from granite_ws.diagnosis.stalls.judging import Reading
from granite_ws.diagnosis.stalls.loop_blocked import read_loop, scheduler_of
from granite_ws.events import EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import (
    everything,
    kinds_of_standstill,
    look,
    sample,
    stall,
    still,
)
from tests.log_builder import log

ASGI = kinds_of_standstill()["asyncio_loop_blocked"]


def read(events: EventLog, scheduler: str = "asgi") -> Reading:
    """What the first episode is to a check of this scheduler."""
    timeline = read_timeline(events)
    return read_loop(timeline, episodes(timeline)[0], scheduler=scheduler, name="the loop")


def test_the_frame_on_the_loop_is_what_blocked() -> None:
    """The innermost frame of the thread that runs the loop, whatever other threads do."""
    busy = ["app/feed.py:1 work"]
    on_loop = ["app/v.py:5 handle", "asyncio/base_events.py:1922 _run_once"]
    seen = look(busy, on_loop, why="the loop stood still", seconds=4.1)
    found = read(still(stall("loop"), seen, scheduler="asgi"))
    assert (Truth.SUPPORTED, "app/v.py:5 handle") == (found.truth, found.blocked_at)


def test_another_scheduler_is_refuted() -> None:
    """What runs under gevent cannot have blocked an asyncio loop."""
    assert Truth.REFUTED is read(ASGI, "gevent").truth


def test_a_server_that_tells_no_scheduler_is_unknown() -> None:
    """An older recording, or one from elsewhere."""
    events = [e for e in ASGI if "scheduler" not in e.data]
    assert scheduler_of(read_timeline(log(events))) is None
    assert Truth.UNKNOWN is read(log(events)).truth


def test_without_a_real_threads_heartbeat_it_is_unknown() -> None:
    """Then nobody knows whether everything stood still."""
    events = [
        e for e in ASGI if not (e.kind is Kind.MONITOR_STARTED and e.data["monitor"] == "thread")
    ]
    assert Truth.UNKNOWN is read(log(events)).truth


def test_when_everything_stood_still_it_was_not_the_loop() -> None:
    """A held lock stops the loop's heartbeat, too."""
    assert Truth.REFUTED is read(still(everything(), scheduler="asgi")).truth


def test_a_starved_or_stopped_server_is_another_matter() -> None:
    """The loop came late because nobody had a core, or because the process was stopped."""
    assert Truth.REFUTED is read(still(stall("loop", waited_s=3.5), scheduler="asgi")).truth
    stopped = still(stall("loop"), sample(5, "stopped"), scheduler="asgi")
    assert Truth.REFUTED is read(stopped).truth


def test_without_a_look_it_names_no_line() -> None:
    """The heartbeats alone tell that it was the loop, and not where."""
    found = read(still(stall("loop"), scheduler="asgi"))
    assert (Truth.SUPPORTED, "") == (found.truth, found.blocked_at)

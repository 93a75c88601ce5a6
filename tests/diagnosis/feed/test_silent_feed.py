"""GWS601: nothing comes, and everything is connected."""

from __future__ import annotations

from typing import Any

import pytest

from granite_ws.diagnosis.feed.silent_feed import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import connected, emit, event, log, lost, ping, quiet

FEED = "background"
ASKING = [
    "python3.11/socket.py:718 readinto",
    "http/client.py:286 _read_status",
    "app/hub.py:9 ask",
]
COMPUTING = ["nn/functional.py:10 linear", "app/model.py:20 forward"]


def look(frames: list[str], at_s: float = 6.0, why: str = "a forecast takes long") -> Event:
    threads: list[Any] = [
        {"thread": "other", "frames": ["python3.11/socket.py:5 accept"]},
        {"thread": FEED, "frames": frames},
    ]
    return event(at_s, Kind.STACK, why=why, thread=FEED, threads=threads)


def session(
    *further: Event | list[Event], frames: list[str] | None = None, ended: float | None = 12.0
) -> EventLog:
    """A message each quarter of a second until 3 s; then a forecast that waits until 12 s."""
    handshake = event(0.9, Kind.HANDSHAKE, sid="A", ping_interval_s=1.0, ping_timeout_s=2.0)
    done = {"iteration": 9, "engine": "granite-hub", "fallback_reason": None}
    return log(
        handshake,
        connected(1),
        event(1, Kind.PROCESSING_STARTED),
        [e for number in range(8) for e in emit(1 + number / 4, number + 1)],
        [e for second in range(2, 13) for e in ping(second + 0.5)],
        event(3, Kind.FORECAST_BEGUN, iteration=9),
        [] if frames == [] else look(ASKING if frames is None else frames),
        [] if ended is None else event(ended, Kind.FORECAST_DONE, **done),
        lost(14, own=True),
        *further,
    )


@pytest.mark.parametrize("ended", [12.0, None], ids=["it ended at last", "it never ended"])
def test_a_forecast_that_waits_is_supported(ended: float | None) -> None:
    """The claim has the seconds and the PINGs; the caller is named; no drop is explained."""
    finding = check(read_timeline(session(ended=ended)))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    assert finding.blocked_at == "app/hub.py:9 ask"
    assert ("9.0 s" if ended else "until the recording ended") in finding.claim
    times = [step.event.at_ns for step in finding.path]
    assert (sorted(times), True) == (times, len(times) >= 2)


def test_a_first_forecast_that_waits_is_supported() -> None:
    """Nothing was ever sent: there is no usual interval to compare with."""
    events = EventLog(tuple(e for e in session() if e.kind is not Kind.EMIT_BEGUN))
    assert Truth.SUPPORTED is check(read_timeline(events)).truth


@pytest.mark.parametrize(
    "events",
    [
        session(frames=COMPUTING),
        session(ended=6.0),
        session(emit(5, 10), emit(8, 11)),
        session(event(6.9, Kind.PING_QUEUED, sid="A", waiting=0)),
        session(ping(7.1, trip_s=1.8)),
        log(quiet()),
    ],
    ids=[
        "it computed",
        "it ended soon",
        "other messages came",
        "a PING was never answered",
        "a PING was answered late",
        "calm",
    ],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


def test_a_rare_feed_is_not_silent() -> None:
    """Nine seconds are nothing to a feed that speaks every two."""
    rare = [event(t, Kind.EMIT_BEGUN, iteration=t, bytes=9) for t in (20, 22, 24, 26, 28, 30)]
    events = EventLog(tuple(e for e in session() if e.kind is not Kind.EMIT_BEGUN))
    assert Truth.REFUTED is check(read_timeline(log(list(events), rare))).truth


@pytest.mark.parametrize(
    "events",
    [
        session(frames=[]),
        session(look([]), frames=[]),
        session(frames=["python3.11/threading.py:327 wait", "concurrent/futures.py:4 result"]),
        log(connected(1), ping(2), lost(9, own=True)),
    ],
    ids=[
        "nobody looked at the stacks",
        "a greenlet, which no look shows",
        "a pool",
        "nobody watched",
    ],
)
def test_without_its_witness_it_is_unknown(events: EventLog) -> None:
    """Whether it waited or computed cannot be told; or there is no feed in the log."""
    assert Truth.UNKNOWN is check(read_timeline(events)).truth

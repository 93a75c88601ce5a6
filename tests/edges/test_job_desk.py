"""The desk: every job ends once, is told once, and is made only where it must be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from granite_ws import contract
from granite_ws.events import Kind
from granite_ws.forecast_request import RequestError
from granite_ws.jobs import Code, Refused, State
from tests.edges.desk_lab import WAIT_S, Desk, history


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Any]:
    made: list[Desk] = []

    def start(**settings: Any) -> Desk:
        made.append(Desk(tmp_path, **settings))
        return made[-1]

    yield start
    for desk in made:
        desk.desk.close(0)


@pytest.mark.parametrize("executor", ["inline", "thread"])
def test_a_job_is_made_told_and_found(desks: Any, executor: str) -> None:
    """To its room, with the asking client's own name, and by its id afterwards."""
    desk = desks(executor=executor)
    job = desk.end_of(desk.ask(steps=3, request_id="mine"))
    assert (State.DONE, executor, "mine", 3) == (
        job.state,
        job.executor,
        job.request_id,
        len(job.forecast["predictions"]),
    )
    event, payload, room = desk.told.get(timeout=WAIT_S)
    assert (contract.FORECAST, job.to_dict(), f"job:{job.job_id}") == (event, payload, room)
    assert job == desk.desk.find(job.job_id)
    assert 0 == desk.desk.open_jobs()
    [done] = desk.events.of(Kind.JOB_DONE)
    assert job.job_id == done.data["job_id"]


def test_the_same_is_made_once(desks: Any) -> None:
    """Three at once share one forecast; a fourth gets it from the cache; each has its own end."""
    desk = desks(load="slow-free", load_s=0.5)
    jobs = [desk.end_of(job) for job in [desk.ask(steps=3) for _ in range(3)]]
    jobs.append(desk.end_of(desk.ask(steps=3)))
    assert ["", "shared", "shared", "hit"] == [job.cached for job in jobs]
    assert 1 == len(desk.events.of(Kind.JOB_BEGUN))
    assert {"miss": 1, "shared": 2, "hit": 1, "stale": 0} == desk.desk.lookups.counts()


def test_an_answer_has_its_own_timestamps(desks: Any) -> None:
    """The same values at another time: from the cache, and after that time."""
    desk = desks()
    desk.end_of(desk.ask(steps=1))
    values = desk.history["value"].tolist()
    stamps = [f"2026-01-01T00:{minute // 60:02}:{minute % 60:02}" for minute in range(100)]
    job = desk.end_of(desk.ask(steps=1, series={"timestamps": stamps, "values": values}))
    assert job.cached in ("hit", "shared")  # kept a moment after the first asker was told
    assert "2026-01-01T00:01:40" == job.forecast["predictions"][0]["timestamp"]


def test_a_stale_one_is_given_and_remade(desks: Any) -> None:
    """The answer does not wait; behind it one new forecast is made."""
    desk = desks(cache_s=0.05, cache_stale_s=60)
    desk.end_of(desk.ask(steps=2))
    until = time.monotonic() + WAIT_S
    while "stale" != (cached := desk.end_of(desk.ask(steps=2)).cached):
        assert cached in ("hit", "shared")
        assert time.monotonic() < until
    while len(desk.events.of(Kind.JOB_BEGUN)) < 2:
        assert time.monotonic() < until


def test_a_job_that_takes_too_long_is_given_up(desks: Any) -> None:
    """The words name the setting; its thread is let go on, and its result is dropped."""
    desk = desks(load="slow-free", load_s=5, forecast_timeout_s=0.2)
    job = desk.end_of(desk.ask())
    assert (State.TIMED_OUT, "timed_out") == (job.state, job.code)
    assert "forecast_timeout_s" in job.error
    assert contract.FORECAST_ERROR == desk.told.get(timeout=WAIT_S)[0]


def test_who_shared_a_cancelled_one_gets_his_own(desks: Any) -> None:
    """The first asker cancels; the second one's forecast is made for him."""
    desk = desks(load="slow-free", load_s=1, workers=2)
    first, second = desk.ask(), desk.ask()
    assert State.CANCELLED == desk.desk.cancel(first.job_id).state
    assert State.DONE == desk.end_of(second).state
    assert State.CANCELLED == desk.desk.cancel(first.job_id).state
    assert desk.desk.cancel("nobody") is None


def test_refusals_are_recorded_and_raised(desks: Any) -> None:
    """A full queue, a bad request, an end that is near."""
    desk = desks(load="slow-free", load_s=30, queue_limit=1, cache_s=0)
    desk.ask()
    until = time.monotonic() + WAIT_S
    while not desk.events.of(Kind.JOB_BEGUN):
        assert time.monotonic() < until
    desk.ask()
    with pytest.raises(Refused) as full:
        desk.ask()
    with pytest.raises(RequestError):
        desk.ask(steps=-1)
    desk.desk.close(0)
    with pytest.raises(Refused) as closed:
        desk.ask()
    assert (Code.QUEUE_FULL, Code.SHUTTING_DOWN) == (full.value.code, closed.value.code)
    told = Counter(event.data["code"] for event in desk.events.of(Kind.JOB_REFUSED))
    assert {"queue_full": 1, "bad_request": 1, "shutting_down": 1} == told


def test_closing_waits_for_what_is_open(desks: Any) -> None:
    """Jobs that are asked for before it are delivered."""
    desk = desks(load="slow-free", load_s=0.5, cache_s=0)
    job = desk.ask()
    desk.desk.close(WAIT_S)
    assert State.DONE == desk.desk.find(job.job_id).state


def test_the_feeds_forecast_serves_who_asks_for_it(desks: Any) -> None:
    """Made for the feed, given to a client; and the other way round."""
    desk = desks(forecast_horizon=4)
    made = desk.desk.predict(history())
    assert "hit" == desk.end_of(desk.ask()).cached  # the feed waits until it is kept
    again = desk.desk.predict(history())
    assert (made.values.tolist(), list(made.timestamps)) == (
        again.values.tolist(),
        list(again.timestamps),
    )


def test_a_room_that_cannot_be_told_does_not_lose_the_job(desks: Any) -> None:
    """The failed emit is recorded; the job has its end all the same."""
    desk = desks()

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("the queue of messages is gone")

    desk.desk.attach(history=lambda: desk.history, emit=broken)
    assert State.DONE == desk.end_of(desk.ask()).state
    assert "gone" in desk.events.of(Kind.MESSAGE_REFUSED)[0].data["error"]

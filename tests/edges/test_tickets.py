"""Open jobs: each is ended by one alone."""

from __future__ import annotations

import threading

from granite_ws.edges.tickets import Ticket, Tickets, new_id, room
from granite_ws.forecast_request import ForecastRequest
from granite_ws.jobs import Job, State


def ticket(name: str) -> Ticket:
    job = Job(name, State.QUEUED, "thread", 1, "2026-01-01T00:00:00+00:00")
    return Ticket(job, ForecastRequest(("2026-01-01", "2026-01-02"), (1.0, 2.0), 1), 0)


def test_one_of_many_ends_it() -> None:
    """Eight threads at once: one may."""
    one, won = ticket("a"), []
    threads = [threading.Thread(target=lambda: won.append(one.close())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == sum(won)


def test_they_are_found_until_they_are_dropped() -> None:
    """By their id; dropping twice does no harm."""
    tickets, one = Tickets(), ticket("a")
    tickets.add(one)
    assert (1, one, [one]) == (len(tickets), tickets.get("a"), tickets.all())
    tickets.drop("a")
    tickets.drop("a")
    assert (0, None, []) == (len(tickets), tickets.get("a"), tickets.all())


def test_ids_cannot_be_guessed_and_name_a_room() -> None:
    """32 hexadecimal digits, never twice."""
    ids = {new_id() for _ in range(100)}
    assert (100, {32}) == (len(ids), {len(name) for name in ids})
    assert "job:x" == room("x")

"""The long session that is made up."""

from __future__ import annotations

from granite_ws.bench.long_session import CLIENTS, session
from granite_ws.run import judge


def test_it_is_the_same_each_time_and_one_client_is_lost() -> None:
    """In order of time, and as long as was asked."""
    made, again = session(1), session(1)
    assert made.log == again.log
    times = [event.at_ns for event in made.log]
    assert times == sorted(times)
    assert len(session(2).log) > 1.5 * len(made.log) > 4_000
    verdict = judge(made)
    assert (1, CLIENTS) == (len(verdict.drops), len(verdict.timeline.connections))

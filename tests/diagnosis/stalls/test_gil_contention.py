"""GWS107: many threads at one interpreter lock."""

from __future__ import annotations

from granite_ws.diagnosis.finding import Finding, Truth
from granite_ws.diagnosis.stalls.gil_contention import check
from granite_ws.events import Event, Kind
from granite_ws.timeline import read_timeline
from tests.diagnosis.stalls.still_logs import everything, look, stall, still, timeline_of
from tests.log_builder import at, event

MANY = look(*[["app/features.py:9 compute"] for _ in range(8)], ["app/other.py:1 once"])


def judged(*parts: Event | list[Event]) -> Finding:
    """The finding on a session with these events."""
    return check(read_timeline(still(*parts)))


def test_it_counts_the_threads_and_names_what_most_of_them_do() -> None:
    """30 threads in one function."""
    finding = check(timeline_of("gil_contention"))
    assert finding.claim.startswith("30 or more threads")
    assert "app/features.py:9 compute" == finding.blocked_at


def test_the_mean_lag_counts_and_not_the_longest_gap() -> None:
    """Stalls of half a second each, one after the other, drop a client that bears two."""
    begins = [3.5 + 0.55 * number for number in range(8)]
    stalls = [stall(m, b, 0.5, cpu_s=0.5) for b in begins for m in ("thread", "loop")]
    finding = judged(stalls, MANY)
    assert (Truth.SUPPORTED, True) == (finding.truth, "0.5 s late on the mean" in finding.claim)


def test_a_few_busy_threads_are_no_crowd() -> None:
    """Two predictions at once do not make each other wait for seconds."""
    few = look(["a.py:1 f"], ["a.py:1 f"])
    assert Truth.REFUTED is judged(everything(cpu_s=4.0), few).truth


def test_without_a_look_it_is_unknown() -> None:
    """Nobody counted the threads."""
    assert Truth.UNKNOWN is judged(everything(cpu_s=4.0)).truth


def test_threads_that_used_no_processor_did_not_compute() -> None:
    """A crowd that waits in native code is not at the lock."""
    assert Truth.REFUTED is judged(everything(cpu_s=0.1), MANY).truth


def test_a_crowd_without_a_core_is_starved() -> None:
    """Others on the machine made it wait, not its own number."""
    assert Truth.REFUTED is judged(everything(cpu_s=3.0, waited_s=3.0), MANY).truth


def test_where_nobody_measured_it_is_unknown() -> None:
    """An older recording has no processor time."""
    bare = {"monitor": "thread", "seconds": 4.0, "began_ns": at(3.5)}
    assert Truth.UNKNOWN is judged(event(7.5, Kind.STALL, **bare), MANY).truth

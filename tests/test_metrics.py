"""The numbers of one session, against logs whose numbers are known by hand."""

from __future__ import annotations

import re

import pytest

from granite_ws import Session, Verdict, judge
from granite_ws.asked_metrics import ASKED_METRICS
from granite_ws.events import Event, Kind, Witness
from granite_ws.metrics import BY_NAME, METRICS, measure
from tests.log_builder import (
    connected,
    emit,
    event,
    forecast,
    lost,
    ping,
    process,
    quiet,
    server_lost,
    stall,
)
from tests.report.session_builder import session

# Counts have no unit; everything else ends in one.
COUNTS = {
    *("drops", "unexplained", "troubles", "stalls", "forecasts", "failed_forecasts"),
    *("drops_python", "drops_node", "asked", "refused", "worker_restarts"),
}
MONITOR = event(1, Kind.MONITOR_STARTED, monitor="thread", beat_s=0.05)
OPEN, LEFT = connected(1), lost(11, own=True)


def measured(*parts: Event | list[Event]) -> dict[str, float | None]:
    """The metrics of these events."""
    _, verdict = session(*parts)
    return measure(verdict)


def sample(seconds: float, role: str = "server", **data: float) -> Event:
    """What the sampler saw."""
    facts = {"cpu_percent": 0.0, "rss_bytes": 0.0, "waited_s": 0.0, "host_free_bytes": 1e9, **data}
    return event(seconds, Kind.SAMPLE, witness=Witness.SAMPLER, role=role, **facts)


def test_names_are_unique_and_end_in_their_unit() -> None:
    """So that a threshold's number needs no guessing."""
    assert len(METRICS) == len(BY_NAME)
    for name in BY_NAME:
        assert name in COUNTS or re.search("_(ms|s|bytes|percent|mb)$", name), name


def test_every_metric_is_measured_and_known_by_its_name() -> None:
    """In the order of the table; ``values`` are the single measurements of the same thing."""
    _, verdict = session(quiet())
    assert list(BY_NAME) == list(measure(verdict))
    for metric in METRICS:
        single = metric.values(verdict) if metric.values else None
        assert single is None or len(single) > 0 or not metric.of(verdict)


def test_an_empty_log_measures_nothing() -> None:
    """What needs a measurement is unknown; only what the server would have written is counted."""
    found = measured()
    assert {"forecasts": 0.0, "failed_forecasts": 0.0} == {
        name: value for name, value in found.items() if value is not None
    }


def test_a_quiet_session_has_its_numbers() -> None:
    """Nine forecasts, emits and PINGs in ten seconds, with a monitor and without a sampler."""
    found = measured(quiet(10))
    assert found == {
        "drops": 0,
        "unexplained": 0,
        "troubles": 0,
        "stalls": 0,
        "stall_p99_ms": 0,
        "stall_max_ms": 0,
        "forecasts": 9,
        "failed_forecasts": 0,
        "forecast_p50_ms": pytest.approx(100),
        "forecast_p99_ms": pytest.approx(100),
        "delivery_p50_ms": pytest.approx(20),
        "delivery_p99_ms": pytest.approx(20),
        "ping_p50_ms": pytest.approx(10),
        "ping_p99_ms": pytest.approx(10),
        "message_p99_bytes": 8_000,
        "cpu_percent": None,
        "core_wait_percent": None,
        "memory_max_mb": None,
        "drops_python": 0,
        "drops_node": None,
        "asked": None,
        "answered_percent": None,
        "refused": None,
        "asked_p50_ms": None,
        "asked_p99_ms": None,
        "cache_hit_percent": None,
        "ping_gap_p99_ms": found["ping_gap_p99_ms"],
        "all_cpu_percent": None,
        "all_memory_max_mb": None,
        "worker_restarts": None,
        "connected_s": pytest.approx(9),
    }


def test_drops_and_what_explains_them_are_counted() -> None:
    """One by the server's end, one that nobody can explain."""
    ended = process(5, Kind.PROCESS_ENDED, exit_code=-15, asked=False)
    explained = measured(OPEN, lost(5.1), ended)
    assert (1, 0) == (explained["drops"], explained["unexplained"])
    odd = measured(OPEN, connected(1, "B", 2), lost(5), lost(6, "B", client=2))
    assert (2, 2) == (odd["drops"], odd["unexplained"])


def test_no_drop_is_zero_only_where_connections_were_seen_to_end() -> None:
    """Nobody connected, or the recording ends before: unknown, so ``drops == 0`` cannot hold."""
    for parts in ([], [OPEN], [OPEN, connected(1, "B", 2), LEFT]):
        found = measured(*parts)
        assert (None, None, None) == (found["drops"], found["unexplained"], found["troubles"])
    cut = measured(OPEN, connected(1, "B", 2), lost(5))
    assert (1, 1) == (cut["drops"], cut["unexplained"])
    assert (0, 0) == tuple(measured(OPEN, LEFT)[name] for name in ("drops", "troubles"))


def test_a_trouble_is_counted_also_where_nobody_connected() -> None:
    """Refused connects are what people report."""
    _, verdict = session(quiet())
    assert 0 == len(verdict.troubles)
    refused = [
        event(n, Kind.CONNECT_FAILED, witness=Witness.PROBE, client=1, error="refused")
        for n in range(1, 4)
    ]
    _, verdict = session(process(0, Kind.PROCESS_STARTED), refused)
    assert (len(verdict.troubles) or None) == measure(verdict)["troubles"]


@pytest.mark.parametrize(
    ("parts", "count", "p99", "longest"),
    [
        ([], None, None, None),
        ([MONITOR], 0, 0, 0),
        ([stall(3, 0.5)], 1, 500, 500),
        ([MONITOR, stall(3, 0.5), stall(5, 1.5)], 2, 1490, 1500),
        ([stall(3, 0.5), stall(3.01, 0.52, "loop")], 1, 520, 520),
        ([stall(3, 2, "loop"), stall(3.1, 0.2), stall(4, 0.3), stall(5, 1)], 2, 1990, 2000),
        ([stall(0.2, 0.5)], 0, 0, 0),
    ],
    ids=["unwatched", "none", "one", "two", "one by both heartbeats", "one over two", "before"],
)
def test_standstills_are_counted_once_and_unknown_where_nobody_watched(
    parts: list[Event], count: float | None, p99: float | None, longest: float | None
) -> None:
    """While somebody was connected; two heartbeats that miss the same time are one standstill."""
    found = measured(OPEN, LEFT, *parts)
    got = (found["stalls"], found["stall_p99_ms"], found["stall_max_ms"])
    assert (count, p99, longest) == pytest.approx(got)


def test_a_client_that_watches_itself_does_not_watch_the_server() -> None:
    """Its stalls are its own."""
    its_own = [
        event(1, Kind.MONITOR_STARTED, witness=Witness.PROBE, monitor="thread", beat_s=0.05),
        event(4, Kind.STALL, witness=Witness.PROBE, monitor="thread", seconds=1.0,
              began_ns=stall(3, 1).data["began_ns"]),
    ]  # fmt: skip
    found = measured(OPEN, LEFT, its_own)
    assert (None, None) == (found["stalls"], found["stall_max_ms"])


def test_forecasts_that_failed_or_never_ended_are_no_forecasts() -> None:
    """They have no time either; those that failed have a number of their own."""
    failed = [
        event(4, Kind.FORECAST_BEGUN, iteration=3),
        event(9, Kind.FORECAST_FAILED, iteration=3, error="boom"),
    ]
    found = measured(
        OPEN, LEFT, forecast(2, 1, 0.1), forecast(3, 2, 0.3), failed,
        event(10, Kind.FORECAST_BEGUN, iteration=4),
    )  # fmt: skip
    assert (2, 1) == (found["forecasts"], found["failed_forecasts"])
    assert (200, 298) == pytest.approx((found["forecast_p50_ms"], found["forecast_p99_ms"]))


def test_deliveries_count_for_each_client_and_only_where_they_arrived() -> None:
    """From the emit to the message; sizes are of what was emitted."""
    second = event(
        3.06, Kind.MESSAGE_RECEIVED, sid="B", witness=Witness.PROBE, client=2, bytes=100,
        event="new_data", iteration=1,
    )  # fmt: skip
    gone = event(4, Kind.EMIT_BEGUN, iteration=2, bytes=300, point=None)
    found = measured(OPEN, LEFT, emit(3, 1, 100, 0.02), second, gone)
    assert (40, 59.6) == pytest.approx((found["delivery_p50_ms"], found["delivery_p99_ms"]))
    assert 298 == pytest.approx(found["message_p99_bytes"])


def test_a_ping_without_its_pong_has_no_time() -> None:
    """Only whole rounds count."""
    open_round = event(5, Kind.PING_QUEUED, sid="A", waiting=0)
    found = measured(OPEN, LEFT, ping(2, trip_s=0.1), ping(3, trip_s=0.3), open_round)
    assert (200, 298) == pytest.approx((found["ping_p50_ms"], found["ping_p99_ms"]))


def test_processor_memory_and_waiting_are_the_servers() -> None:
    """Mean of the processor, the most of the memory, the time ready without a core per second of
    the samples' span; a client's samples do not count.
    """
    samples = [
        sample(2, cpu_percent=10, rss_bytes=5e6, waited_s=1.0),
        sample(3, cpu_percent=30, rss_bytes=9e6, waited_s=1.5),
        sample(4, cpu_percent=20, rss_bytes=7e6, waited_s=2.0),
        sample(4, role="probe", cpu_percent=100, rss_bytes=1e9, waited_s=9.0),
    ]
    found = measured(OPEN, LEFT, samples)
    assert 20 == pytest.approx(found["cpu_percent"])
    assert 9 == pytest.approx(found["memory_max_mb"])
    assert 50 == pytest.approx(found["core_wait_percent"])
    assert measured(OPEN, LEFT, samples[:1])["core_wait_percent"] is None


def test_connected_time_ends_where_the_first_side_knew() -> None:
    """Added up over connections; one that is still open counts until the last event."""
    found = measured(OPEN, server_lost(4), lost(5), connected(6, "B"), sample(8))
    assert 3 + 2 == pytest.approx(found["connected_s"])


def test_a_real_session_that_held_has_every_number(held: Session) -> None:
    """The monitors, the taps and the sampler measure all there is."""
    found = measure(judge(held))
    # Nobody asked for a forecast, and no JavaScript client was there.
    unasked = {metric.name for metric in ASKED_METRICS} | {"drops_node"}
    assert [] == [name for name in set(found) - unasked if found[name] is None]
    assert (found["all_cpu_percent"], found["drops_python"]) == (found["cpu_percent"], 0)
    assert (0, 0, 0, 0) == tuple(
        found[name] for name in ("drops", "unexplained", "troubles", "failed_forecasts")
    )
    assert (found["forecasts"] or 0) > 5
    assert 3 < (found["connected_s"] or 0) < 10


def test_a_real_standstill_is_one_and_as_long_as_it_was(stalled: Session) -> None:
    """Four seconds of a held interpreter lock, missed by both heartbeats, dropped one client."""
    verdict: Verdict = judge(stalled)
    found = measure(verdict)
    assert (1, 0) == (found["drops"], found["unexplained"])
    assert 3_900 < (found["stall_max_ms"] or 0) < 6_000
    long = [one for one in BY_NAME["stall_p99_ms"].values(verdict) if one > 3_000]  # type: ignore[misc]
    assert 1 == len(long)

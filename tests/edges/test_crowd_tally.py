"""What counts as lost, doubled and asked again."""

from __future__ import annotations

import json

import pytest

from granite_ws.edges.crowd_tally import Ask, MemberView, spread, tally


def job(job_id: str, state: str = "done", code: str = "") -> dict[str, str]:
    return {"job_id": job_id, "state": state, "code": code}


def asked(*job_ids: str) -> Ask:
    ask = Ask("1-0", 10.0, asks=max(1, len(job_ids)))
    for job_id in job_ids:
        ask.taken(job_id, 10.5)
    return ask


def test_an_end_that_came_once_is_answered() -> None:
    """Neither lost nor doubled, with its latency from being asked for the first time."""
    ask = asked("a")
    ask.told(job("a"), 12.0, as_event=True)
    sums = tally([MemberView(1, "websocket", asks=[ask])])
    assert (1, 1, 0, 0, 0) == tuple(
        sums[name] for name in ("asked", "answered", "lost", "doubled", "again")
    )
    assert {"p50": 2.0, "p99": 2.0, "max": 2.0} == sums["latency_s"]


def test_an_end_that_never_came_is_lost() -> None:
    """Whether the job was taken on or not."""
    sums = tally([MemberView(1, "websocket", asks=[asked("a"), asked()])])
    assert (2, 0, 2) == (sums["asked"], sums["answered"], sums["lost"])
    assert sums["latency_s"]["p50"] is None


def test_the_same_end_twice_is_doubled() -> None:
    """Two events of one job; an acknowledgement that tells the end is no second event."""
    ask = asked("a")
    for as_event in (True, True, False):
        ask.told(job("a"), 12.0, as_event=as_event)
    sums = tally([MemberView(1, "websocket", asks=[ask])])
    assert (1, 1) == (sums["answered"], sums["doubled"])


def test_two_jobs_of_one_ask_are_told_apart() -> None:
    """An ask without acknowledgement that was repeated is two jobs: again, and not doubled."""
    ask = asked("a", "b")
    ask.told(job("a"), 12.0, as_event=True)
    ask.told(job("b"), 13.0, as_event=True)
    sums = tally([MemberView(1, "websocket", asks=[ask])])
    assert (1, 0, 1) == (sums["answered"], sums["doubled"], sums["again"])
    assert 2.0 == sums["latency_s"]["max"]


def test_an_end_without_forecast_is_told_by_its_code() -> None:
    """It is not lost: its client knows why there is none."""
    ask = asked("a")
    ask.told(job("a", "timed_out", "timed_out"), 12.0, as_event=True)
    sums = tally([MemberView(1, "websocket", asks=[ask])])
    assert (0, 0, {"timed_out": 1}) == (
        sums["answered"],
        sums["lost"],
        sums["ended_otherwise"],
    )


def test_drops_and_returns() -> None:
    """Seconds from a drop to the connection after it; who is not back has none."""
    back = MemberView(1, "polling", [1.0, 6.5], [(5.0, "transport error")])
    gone = MemberView(2, "websocket", [1.0], [(5.0, "transport close")], failed_attempts=3)
    assert back.connected
    assert not gone.connected
    sums = tally([back, gone])
    assert (2, 1, 3, 2, 3) == tuple(
        sums[name] for name in ("clients", "connected", "connects", "drops", "failed_attempts")
    )
    assert {"p50": 1.5, "p99": 1.5, "max": 1.5} == sums["return_s"]
    assert {"transport error": 1, "transport close": 1} == sums["drop_reasons"]


def test_a_view_survives_json() -> None:
    """What is written is read back as it was."""
    ask = asked("a")
    ask.told(job("a"), 12.0, as_event=True)
    view = MemberView(1, "polling", [1.0], [(5.0, "transport error")], 1, [ask])
    assert view == MemberView.from_dict(json.loads(json.dumps(view.to_dict())))


def test_the_spread_of_a_hundred() -> None:
    """Median and 99th percentile as numpy interpolates them."""
    told = spread([float(n) for n in range(101)])
    assert told == {"p50": 50.0, "p99": 99.0, "max": pytest.approx(100.0)}

"""Jobs: their states, their ends, and the way to JSON and back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granite_ws.forecast import Engine, Forecast
from granite_ws.jobs import (
    Code,
    Job,
    Outcome,
    Refused,
    State,
    forecast_from_dict,
    forecast_to_dict,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
JOB = Job("0" * 32, State.QUEUED, "thread", 3, "2026-01-01T00:00:00+00:00", "mine")


@st.composite
def forecasts(draw: st.DrawFn) -> Forecast:
    values = draw(st.lists(FINITE, min_size=1, max_size=5))
    start = draw(st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")))
    stamps = pd.date_range(start, periods=len(values), freq="h", unit="us")
    return Forecast(
        timestamps=stamps,
        values=np.array(values),
        engine=draw(st.sampled_from(Engine)),
        model=draw(st.text()),
        context_size=draw(st.integers(2, 1536)),
        seconds=draw(st.floats(0, 1e6)),
        fallback_reason=draw(st.none() | st.text()),
    )


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    return Job(
        job_id=draw(st.text("0123456789abcdef", min_size=32, max_size=32)),
        state=draw(st.sampled_from(State)),
        executor=draw(st.sampled_from(("inline", "thread", "process", "queue"))),
        steps=draw(st.integers(1, 720)),
        asked_utc="2026-01-01T00:00:00+00:00",
        request_id=draw(st.text(max_size=200)),
        forecast=draw(st.none() | st.dictionaries(st.text(), st.lists(FINITE))),
        error=draw(st.text()),
        code=draw(st.sampled_from(["", *Code])),
        seconds=draw(st.none() | FINITE),
        cached=draw(st.sampled_from(["", "hit", "stale", "shared"])),
    )


@given(forecasts())
def test_a_forecast_survives_json(forecast: Forecast) -> None:
    """Through JSON and back it has the same numbers, the same times, and the same maker."""
    found = forecast_from_dict(json.loads(json.dumps(forecast_to_dict(forecast))))
    assert forecast_to_dict(forecast) == forecast_to_dict(found)
    assert list(forecast.timestamps) == list(found.timestamps)
    assert forecast.values.tolist() == found.values.tolist()
    assert forecast.engine is found.engine


@given(st.none() | forecasts(), st.text(), st.sampled_from(Code))
def test_an_outcome_survives_json(forecast: Forecast | None, error: str, code: Code) -> None:
    """A worker in another process tells the same end that it came to."""
    outcome = Outcome(forecast, error, code)
    found = Outcome.from_dict(json.loads(json.dumps(outcome.to_dict())))
    assert outcome.to_dict() == found.to_dict()
    assert code is found.code


@given(jobs())
def test_a_job_survives_json(job: Job) -> None:
    """What Redis keeps is the job that was put there."""
    assert job == Job.from_dict(json.loads(json.dumps(job.to_dict())))


def test_four_states_are_final() -> None:
    """A job that waits or runs can still end; no other can."""
    assert {State.QUEUED, State.RUNNING} == {state for state in State if not state.final}


@given(forecasts())
def test_a_forecast_makes_a_job_done(forecast: Forecast) -> None:
    """With a forecast it is done: the payload is what was given, and there is no error."""
    ended = JOB.ended(Outcome(forecast), payload={"values": [1.0]}, seconds=1.23456789)
    assert (State.DONE, {"values": [1.0]}, "", "") == (
        ended.state,
        ended.forecast,
        ended.error,
        ended.code,
    )
    assert ended.seconds == 1.234568
    assert ended.request_id == "mine"


@pytest.mark.parametrize("code", Code)
def test_without_a_forecast_the_code_says_the_state(code: Code) -> None:
    """Cancelled and timed out have states of their own; every other end is a failure."""
    own = {Code.CANCELLED: State.CANCELLED, Code.TIMED_OUT: State.TIMED_OUT}
    ended = JOB.ended(Outcome(error="why", code=code), payload=None, seconds=2)
    assert (own.get(code, State.FAILED), "why", code.value) == (
        ended.state,
        ended.error,
        ended.code,
    )
    assert ended.forecast is None
    assert ended.state.final


def test_a_refusal_says_when_to_ask_again() -> None:
    """It carries its code for programs, its words for people, and the seconds to wait."""
    refusal = Refused(Code.QUEUE_FULL, "100 forecasts wait already", retry_after_s=5)
    assert str(refusal) == "100 forecasts wait already"
    assert (refusal.code, refusal.retry_after_s) == (Code.QUEUE_FULL, 5)

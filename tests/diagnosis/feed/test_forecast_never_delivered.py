"""GWS602: a model that is loaded and never heard."""

from __future__ import annotations

import pytest

from granite_ws.diagnosis.feed.forecast_never_delivered import check
from granite_ws.diagnosis.finding import Truth
from granite_ws.events import Event, EventLog, Kind
from granite_ws.timeline import read_timeline
from tests.log_builder import event, forecast, log, quiet

WHY = "ValueError: 1 predictions where 96 are due"


def ready(engine: str = "granite-demo") -> Event:
    return event(0.5, Kind.MODEL_READY, engine=engine, model="m", device="cpu", seconds=6.0)


def misread(seconds: float, number: int, reason: str | None = WHY) -> list[Event]:
    """One forecast for which the model answered, and the fallback's was sent."""
    done = {"iteration": number, "engine": "exponential-smoothing", "fallback_reason": reason}
    return [
        event(seconds, Kind.FORECAST_BEGUN, iteration=number),
        event(seconds + 0.1, Kind.RESPONSE_RECEIVED, shape="(1, 3)", columns="['value']"),
        event(seconds + 0.2, Kind.ENGINE_FAILED, seconds=0.1, error=WHY, exception="ValueError"),
        event(seconds + 0.3, Kind.FORECAST_DONE, **done),
    ]


def failed(seconds: float, number: int) -> list[Event]:
    return [
        event(seconds, Kind.FORECAST_BEGUN, iteration=number),
        event(seconds + 0.3, Kind.FORECAST_FAILED, iteration=number, error=WHY),
    ]


@pytest.mark.parametrize("make", [misread, failed], ids=["a fallback each time", "none each time"])
def test_every_forecast_came_to_nothing(make: object) -> None:
    """It calls itself Granite; the reason is in the claim; no drop is explained."""
    assert callable(make)
    events = log(ready(), [e for n in range(1, 5) for e in make(float(n), n)])
    finding = check(read_timeline(events))
    assert (Truth.SUPPORTED, ()) == (finding.truth, finding.explains)
    assert ("granite-demo" in finding.claim, WHY in finding.claim) == (True, True)
    times = [step.event.at_ns for step in finding.path]
    assert (sorted(times), True) == (times, len(times) >= 2)


def test_the_shape_of_the_answer_is_told() -> None:
    """(1, 3) where 96 rows are due is how the wrong column shows."""
    events = log(ready(), [e for n in range(1, 5) for e in misread(n, n)])
    assert "(1, 3)" in check(read_timeline(events)).claim


@pytest.mark.parametrize(
    "events",
    [
        log(ready("exponential-smoothing"), misread(1, 1), misread(2, 2), misread(3, 3)),
        log(ready(), misread(1, 1), misread(2, 2), misread(3, 3), forecast(4, 4)),
        log(quiet()),
    ],
    ids=["it says that it is no Granite", "one forecast was the model's", "calm"],
)
def test_each_discriminator_refutes_it(events: EventLog) -> None:
    """One thing that is otherwise is enough."""
    assert Truth.REFUTED is check(read_timeline(events)).truth


@pytest.mark.parametrize(
    "events",
    [
        log(misread(1, 1), misread(2, 2), misread(3, 3)),
        log(ready(), misread(1, 1), misread(2, 2)),
        log(misread(0.1, 1), misread(0.15, 2), ready(), misread(1, 3)),
    ],
    ids=["no word about the model", "too few forecasts", "most were made while it still loaded"],
)
def test_too_little_to_say_is_unknown(events: EventLog) -> None:
    """It takes a model that is known to be loaded, and more than a few forecasts."""
    assert Truth.UNKNOWN is check(read_timeline(events)).truth

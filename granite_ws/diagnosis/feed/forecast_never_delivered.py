"""GWS602: a Granite model is loaded, and not one forecast that it made was delivered."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import mark, say
from granite_ws.timeline import Timeline

CODE, CAUSE = "GWS602", "forecast_never_delivered"
_GRANITE = "granite"  # what the names of all TTM engines begin with


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when the service called itself Granite and every forecast since then was the
    fallback's or failed. It explains no drop.
    """
    ready = timeline.log.of(Kind.MODEL_READY)
    if not ready:
        return _say(Truth.UNKNOWN, say("Nobody recorded which model was loaded."))
    said = ready[-1]
    if not str(said.data["engine"]).startswith(_GRANITE):
        return _say(Truth.REFUTED, say("No Granite model was loaded: the service says so itself."))
    ends = [e for e in timeline.log.of(*_ENDS) if e.at_ns > said.at_ns]
    delivered = [end for end in ends if not _came_to_nothing(end)]
    if delivered:
        words = say("{count} forecasts of the loaded model were sent.", count=len(delivered))
        return _say(Truth.REFUTED, words)
    if len(ends) < limits.FORECASTS_EVERY_TIME:
        words = say("Only {count} forecasts ended: too few to say.", count=len(ends))
        return _say(Truth.UNKNOWN, words)
    return _finding(timeline, said, ends)


_ENDS = (Kind.FORECAST_DONE, Kind.FORECAST_FAILED)


def _came_to_nothing(end: Event) -> bool:
    return end.kind is Kind.FORECAST_FAILED or bool(end.data.get("fallback_reason"))


_NONE_WAS_ITS = mark(
    "The service calls itself {engine}, and not one of {count} forecasts that were sent is that "
    "model's. Each time: {why}."
)
_NONE_WAS_ITS_BUT_IT_ANSWERED = mark(
    "The service calls itself {engine}, and not one of {count} forecasts that were sent is that "
    "model's. Its answer had the shape {shape}. Each time: {why}."
)


def _finding(timeline: Timeline, said: Event, ends: list[Event]) -> Finding:
    why = str(ends[-1].data.get("fallback_reason") or ends[-1].data.get("error"))
    responses = [e for e in timeline.log.of(Kind.RESPONSE_RECEIVED) if e.at_ns > said.at_ns]
    failures = [e for e in timeline.log.of(Kind.ENGINE_FAILED) if e.at_ns > said.at_ns]
    shape = responses[-1].data["shape"] if responses else None
    seen = [
        *(
            Step(say("The model answered: {shape}", shape=event.data["shape"]), event)
            for event in responses[:1]
        ),
        *(
            Step(say("Its forecast was thrown away: {error}", error=event.data["error"]), event)
            for event in failures[:1]
        ),
        Step(say("The forecast that was sent came from elsewhere"), ends[0]),
    ]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            _NONE_WAS_ITS if shape is None else _NONE_WAS_ITS_BUT_IT_ANSWERED,
            engine=said.data["engine"],
            count=len(ends),
            shape=shape,
            why=why,
        ),
        evidence=(said, *responses[:1], *failures[:1], *ends),
        remedy=say(
            "Read the forecast's own column (value_prediction, or value with "
            "explode_forecasts=True) and check that it holds as many finite numbers as were asked "
            "for; treat a fallback every time as an error (--engine granite), and let /api/status "
            "say what made the last forecasts, not what was loaded."
        ),
        path=(
            Step(
                say("The service says that it is ready: {engine}", engine=said.data["engine"]),
                said,
            ),
            *sorted(seen, key=lambda step: step.event.at_ns),
        ),
    )


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)

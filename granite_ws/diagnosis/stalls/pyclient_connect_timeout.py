"""GWS128: a Python client tried to connect while the server stood still, and gave up after 5 s."""

from __future__ import annotations

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.diagnosis.stalls import reading
from granite_ws.events import Event, Kind
from granite_ws.phrase import say
from granite_ws.timeline import SECOND, Stall, Timeline

CODE, CAUSE = "GWS128", "pyclient_connect_timeout"


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a Python client's attempt failed within a stall longer than its patience."""
    refused = [e for e in timeline.log.of(Kind.CONNECT_FAILED) if _is_python(e)]
    if not reading.is_watched(timeline):
        return _finding(Truth.UNKNOWN, say("Nobody watched whether the server stood still."))
    found = [(e, stall) for e in refused if (stall := _within(timeline, e)) is not None]
    if not found:
        words = say("No Python client gave up connecting while the server stood still.")
        return _finding(Truth.REFUTED, words)
    event, stall = found[0]
    if stall.event is None:
        raise AssertionError("a stall that a log tells of has its event")
    looks = [e for e in timeline.log.of(Kind.STACK) if stall.began_ns <= e.at_ns <= event.at_ns]
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            "A Python client tried to connect and gave up ({error}): the server stood "
            "still for {seconds:.1f} s, and a Python client waits {patience:g} s for an "
            "answer. JavaScript clients wait 20 s.",
            error=event.data["error"],
            seconds=stall.seconds,
            patience=limits.REQUEST_PATIENCE_S,
        ),
        evidence=(event, stall.event, *looks[:1]),
        remedy=say(
            "Client(request_timeout=30) and connect(..., wait_timeout=30) on the client; keep "
            "the server from standing still."
        ),
        path=(
            Step(
                say(
                    "The server stood still since {seconds:.1f} s; the client's attempt failed: "
                    "{error}",
                    seconds=timeline.seconds(stall.began_ns),
                    error=event.data["error"],
                ),
                event,
            ),
            Step(
                say("The server ran again after {seconds:.1f} s", seconds=stall.seconds),
                stall.event,
            ),
        ),
        limit="request_timeout",
        references=("python-socketio#807", "python-socketio#634"),
    )


def _finding(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)


def _is_python(event: Event) -> bool:
    return str(event.data.get("client_kind", "python")).startswith("python")


def _within(timeline: Timeline, refused: Event) -> Stall | None:
    """The stall that held the server for as long as this client waited, until it gave up."""
    patience = limits.REQUEST_PATIENCE_S * SECOND
    slack = limits.ATTEMPT_SLACK_S * SECOND
    for stall in timeline.stalls:
        began_before = stall.began_ns <= refused.at_ns - patience + slack
        if stall.monitor == "thread" and began_before and stall.ended_ns >= refused.at_ns - slack:
            return stall
    return None

"""GWS601: the connection holds and nothing comes: the loop that feeds it waits for an answer."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from granite_ws.diagnosis import limits
from granite_ws.diagnosis.evidence import advertised, own_frame
from granite_ws.diagnosis.finding import Finding, Step, Truth
from granite_ws.events import Event, Kind
from granite_ws.phrase import mark, say
from granite_ws.timeline import SECOND, Ping, Prediction, Timeline

CODE, CAUSE = "GWS601", "silent_feed"
# Where a thread waits for another machine or program, as CPython's library and HTTP clients name
# it. A model that computes stands in its own library instead.
_WAITING = re.compile(
    r"^((python3\.\d+|http|urllib)/)?(socket|ssl|selectors|subprocess|client)\.py:"
    r"|^(urllib3|httpx|httpcore|requests|_sync)/"
)
# Where it waits for a thread or a process of its own application, which may well compute.
_GIVEN_AWAY = re.compile(
    r"^(python3\.\d+/)?(threading|queue)\.py:|^(asyncio|concurrent|futures|multiprocessing)/"
)
# What only passes the question on: the caller beyond it is where a person would look.
_PASSING_ON = re.compile(r"^(urllib|http|huggingface_hub|utils)/")
_WORDS = (Kind.EMIT_BEGUN, Kind.MESSAGE_EMITTED, Kind.PROCESSING_STOPPED, Kind.PROCESS_ENDED)
_TAKES_LONG = "a forecast takes long"
_SILENT = mark(
    "Nothing was sent for {seconds:.1f} s: forecast {iteration} waited for an answer in {where}. "
    "The connections held: {rounds} PINGs were answered meanwhile, the slowest after "
    "{slowest_ms:.0f} ms."
)
_SILENT_TO_THE_END = mark(
    "Nothing was sent for {seconds:.1f} s, until the recording ended: forecast {iteration} waited "
    "for an answer in {where}. The connections held: {rounds} PINGs were answered meanwhile, the "
    "slowest after {slowest_ms:.0f} ms."
)


@dataclass(frozen=True)
class _Silence:
    """One forecast that waited, while the heartbeat of the connections went on."""

    begun: Event
    look: Event
    frames: tuple[str, ...]
    rounds: tuple[Ping, ...]
    ended: Event | None
    seconds: float


def check(timeline: Timeline) -> Finding:
    """SUPPORTED when a forecast waited for an answer for many of the feed's intervals, nothing was
    emitted meanwhile, and every PING was answered on time. It explains no drop.
    """
    if not timeline.log.of(Kind.PROCESSING_STARTED, Kind.FORECAST_BEGUN):
        return _say(Truth.UNKNOWN, say("Nobody watched the feed."))
    least_s = _least_s(timeline)
    long = [p for p in timeline.predictions if _length_s(timeline, p) >= least_s]
    if not long:
        return _say(Truth.REFUTED, say("No forecast took long beside the feed's own interval."))
    held = [(p, rounds) for p in long if (rounds := _heartbeat(timeline, p))]
    if not held:
        words = say("A forecast took long, but the heartbeat of the connections did not go on.")
        return _say(Truth.REFUTED, words)
    return _judge_looks(timeline, held)


def _judge_looks(timeline: Timeline, held: list[tuple[Prediction, tuple[Ping, ...]]]) -> Finding:
    """What the forecast's thread was seen to do tells a wait from work."""
    looks = [(p, rounds, look) for p, rounds in held if (look := _look(timeline, p)) is not None]
    seen = [(p, rounds, look, frames) for p, rounds, look in looks if (frames := _frames(look))]
    if not seen:
        words = say("A forecast took long; nobody saw whether it waited or computed.")
        return _say(Truth.UNKNOWN, words)
    for prediction, rounds, look, frames in seen:
        if _WAITING.search(frames[0]):
            return _finding(_silence(timeline, prediction, rounds, look, frames))
    if any(_GIVEN_AWAY.search(frames[0]) for *_, frames in seen):
        words = say(
            "A forecast took long in another thread or process; nobody saw what that one did."
        )
        return _say(Truth.UNKNOWN, words)
    return _say(Truth.REFUTED, say("A forecast took long, and computed."))


def _end_ns(timeline: Timeline, prediction: Prediction) -> int:
    """The end of the silence: of the forecast, of the recording, or the next message of any kind
    (as when a client asks to stop).
    """
    ended = timeline.ended_ns if prediction.ended_ns is None else prediction.ended_ns
    # What another thread had under way when the forecast began does not break the silence.
    after = prediction.begun_ns + limits.IN_FLIGHT_S * SECOND
    words = timeline.log.between(math.floor(after) + 1, ended, *_WORDS)
    return words[0].at_ns if words else ended


def _length_s(timeline: Timeline, prediction: Prediction) -> float:
    return (_end_ns(timeline, prediction) - prediction.begun_ns) / SECOND


def _least_s(timeline: Timeline) -> float:
    """From how many seconds on a forecast is long, beside the feed's own interval."""
    starts = [emit.begun_ns for emit in timeline.emits]
    gaps = [(b - a) / SECOND for a, b in pairwise(starts)]
    usual_s = median(gaps) if gaps else 0.0
    return max(limits.SILENT_FEED_S, limits.SILENT_INTERVALS * usual_s)


def _heartbeat(timeline: Timeline, prediction: Prediction) -> tuple[Ping, ...]:
    """The rounds meanwhile; none where one of them was answered late or never."""
    begun, ended = prediction.begun_ns, _end_ns(timeline, prediction)
    within = [p for p in timeline.pings if p.queued_ns and begun < p.queued_ns < ended]
    ends = {c.sid: c.lost_ns or timeline.ended_ns for c in timeline.connections}
    patience_s = {c.sid: _patience_s(timeline, c.sid) for c in timeline.connections}
    whole = []
    for ping in within:
        patience = patience_s.get(ping.sid, 0.0)
        answered = ping.pong_received_ns or min(ended, ends.get(ping.sid, ended))
        if (answered - (ping.queued_ns or 0)) / SECOND > patience:
            return ()
        whole += [ping] if ping.pong_received_ns is not None else []
    return tuple(whole)


def _patience_s(timeline: Timeline, sid: str) -> float:
    promised = advertised(timeline, sid)
    return limits.SLOW_ROUND_TRIP_SHARE * promised.ping_timeout_s if promised else 0.0


def _look(timeline: Timeline, prediction: Prediction) -> Event | None:
    for event in timeline.log.of(Kind.STACK):
        during = prediction.begun_ns <= event.at_ns <= _end_ns(timeline, prediction)
        if during and event.data["why"] == _TAKES_LONG:
            return event
    return None


def _frames(look: Event) -> tuple[str, ...]:
    """What the forecast's own thread was doing; empty where it was not seen."""
    for thread in look.data["threads"]:
        if thread["thread"] == look.data.get("thread") and thread["frames"]:
            return tuple(thread["frames"])
    return ()


def _silence(
    timeline: Timeline,
    prediction: Prediction,
    rounds: tuple[Ping, ...],
    look: Event,
    frames: tuple[str, ...],
) -> _Silence:
    marks = timeline.log.of(Kind.FORECAST_BEGUN, Kind.FORECAST_DONE, Kind.FORECAST_FAILED)
    ended = [e for e in marks if e.at_ns == prediction.ended_ns]
    return _Silence(
        begun=next(event for event in marks if event.at_ns == prediction.begun_ns),
        look=look,
        frames=frames,
        rounds=rounds,
        ended=ended[0] if ended else None,
        seconds=_length_s(timeline, prediction),
    )


def _finding(silence: _Silence) -> Finding:
    trips = sorted(p.round_trip_s for p in silence.rounds if p.round_trip_s is not None)
    where = _caller(silence.frames)
    ended = [silence.ended] if silence.ended else []
    return Finding(
        CODE,
        CAUSE,
        Truth.SUPPORTED,
        say(
            _SILENT if silence.ended else _SILENT_TO_THE_END,
            seconds=silence.seconds,
            iteration=silence.begun.data["iteration"],
            where=where,
            rounds=len(silence.rounds),
            slowest_ms=trips[-1] * 1e3,
        ),
        evidence=(silence.begun, silence.look, *ended),
        remedy=say(
            "Load the model at start, from a local folder (--model-path) or with a short limit "
            "(--hub-timeout-s 4); give every request in the loop a timeout of a few seconds; and "
            'tell the page "waiting for the model" instead of nothing.'
        ),
        path=(
            Step(say("A forecast began"), silence.begun),
            Step(say("It waits: {frame}", frame=silence.frames[0]), silence.look),
            *(Step(say("The forecast ended, and the feed went on"), event) for event in ended),
        ),
        blocked_at=where,
    )


def _caller(frames: tuple[str, ...]) -> str:
    """The innermost frame that is no library which waits, or passes the question on."""
    others = [f for f in frames if not _WAITING.search(f) and not _PASSING_ON.search(f)]
    return own_frame(tuple(others)) if others else frames[0]


def _say(truth: Truth, words: str) -> Finding:
    return Finding(CODE, CAUSE, truth, words)

"""What witnesses write: one event is one JSON line, and the only thing that flows.

Every event carries two clocks. ``at_ns`` is the host's monotonic clock, which all processes of one
machine share, so events of the server and of the client can be ordered without any correction;
``utc`` is for people. Intervals are never computed from ``utc``.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct, field

SCHEMA = 1
_ESCAPED_SURROGATE = "\\ud"


class Witness(StrEnum):
    """Who saw it."""

    RUNNER = "runner"  # the process that started server and probe
    SERVER = "server"
    WORKER = "worker"  # a process that makes forecasts for the server
    PROBE = "probe"  # the Python client, in its own process
    SAMPLER = "sampler"  # CPU, memory, threads, open files, read from outside the server
    INJECTOR = "injector"  # whoever causes a fault; ``EventLog.blind`` strips what it wrote


class Kind(StrEnum):
    """What was seen. The value is the word used in files, tables and pages."""

    # runner
    SESSION_STARTED = "session_started"
    PROCESS_STARTED = "process_started"
    PROCESS_ENDED = "process_ended"
    SESSION_ENDED = "session_ended"
    # server: life and model
    LISTENING = "listening"
    MODEL_LOADING = "model_loading"
    ENGINE_SKIPPED = "engine_skipped"
    MODEL_READY = "model_ready"
    # server: processing loop
    PROCESSING_STARTED = "processing_started"
    PROCESSING_STOPPED = "processing_stopped"
    PROCESSING_FAILED = "processing_failed"
    ITERATION_BEGUN = "iteration_begun"
    FORECAST_BEGUN = "forecast_begun"
    FORECAST_DONE = "forecast_done"
    FORECAST_FAILED = "forecast_failed"
    EMIT_BEGUN = "emit_begun"
    EMIT_DONE = "emit_done"
    EMIT_FAILED = "emit_failed"
    SLEEP_BEGUN = "sleep_begun"
    SLEEP_DONE = "sleep_done"
    DATA_RESET = "data_reset"
    SERIES_WRAPPED = "series_wrapped"
    # server: the forecast service
    PREDICT_BEGUN = "predict_begun"
    DATA_PREPARED = "data_prepared"
    HISTORY_PADDED = "history_padded"
    DATA_DETAILS = "data_details"
    PREDICTION_BEGUN = "prediction_begun"
    PREDICTION_DONE = "prediction_done"
    RESPONSE_RECEIVED = "response_received"
    RESPONSE_DETAILS = "response_details"
    PREDICTIONS_EXTRACTED = "predictions_extracted"
    PREDICTION_STATISTICS = "prediction_statistics"
    PREDICTION_SAMPLE = "prediction_sample"
    ENGINE_DONE = "engine_done"
    ENGINE_FAILED = "engine_failed"
    FALLBACK_BEGUN = "fallback_begun"
    FALLBACK_DONE = "fallback_done"
    FALLBACK_FAILED = "fallback_failed"
    RESULT_MEASURED = "result_measured"
    # server and its workers: forecast jobs
    WORKER_STARTED = "worker_started"
    WORKER_ENDED = "worker_ended"
    JOB_ASKED = "job_asked"
    JOB_BEGUN = "job_begun"
    JOB_DONE = "job_done"
    JOB_FAILED = "job_failed"
    JOB_REFUSED = "job_refused"
    JOB_CANCELLED = "job_cancelled"
    CACHE_LOOKED_UP = "cache_looked_up"
    SHUTDOWN_BEGUN = "shutdown_begun"
    # server: clients
    CLIENT_CONNECTED = "client_connected"
    GREETING_SENT = "greeting_sent"
    GREETING_FAILED = "greeting_failed"
    CLIENT_DISCONNECTED = "client_disconnected"
    # both sides: the wire
    HANDSHAKE = "handshake"
    PING_QUEUED = "ping_queued"
    PING_WRITTEN = "ping_written"
    PING_RECEIVED = "ping_received"
    PONG_SENT = "pong_sent"
    PONG_RECEIVED = "pong_received"
    # server: what may end a connection
    MESSAGE_EMITTED = "message_emitted"
    MESSAGE_REFUSED = "message_refused"
    SHORT_SEND = "short_send"
    WEBSOCKET_ENDED = "websocket_ended"
    SERVER_LOG = "server_log"
    REQUEST_REFUSED = "request_refused"
    DISCONNECT_CALLED = "disconnect_called"
    STACK = "stack"
    # probe
    CONNECTED = "connected"
    CONNECT_FAILED = "connect_failed"
    DISCONNECTED = "disconnected"
    MESSAGE_RECEIVED = "message_received"
    CLIENT_LOG = "client_log"
    FORECAST_ASKED = "forecast_asked"
    FORECAST_ANSWERED = "forecast_answered"
    # stall monitors and sampler
    MONITOR_STARTED = "monitor_started"
    STALL = "stall"
    MONITOR_ENDED = "monitor_ended"
    SAMPLE = "sample"
    # injector: never read by a diagnosis
    RELAY_LISTENING = "relay_listening"
    RELAY_OPENED = "relay_opened"
    RELAY_CLOSED = "relay_closed"
    FAULT_BEGUN = "fault_begun"
    FAULT_EFFECT = "fault_effect"
    FAULT_ENDED = "fault_ended"


class Event(Struct, frozen=True, gc=False, omit_defaults=True, tag_field="v", tag=SCHEMA):
    """One thing that one witness saw.

    at_ns: monotonic nanoseconds on the host's clock, comparable between processes of one host.
    utc:   ISO 8601 with microseconds, for people.
    sid:   the Engine.IO session id where the event belongs to one connection.
    data:  what was seen; keys are fixed by the kind (``docs/events.md``), units are in the names.

    A struct, since a witness writes thousands a second and must not be what it sees, and since a
    long session has a million. The collector does not look into it (``gc``): data has no cycles.
    """

    at_ns: int
    utc: str
    witness: Witness
    kind: Kind
    sid: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_line(self) -> str:
        """One JSON object without a line break; strict JSON: ``NaN`` and infinities are null."""
        return self.to_bytes().decode()

    def to_bytes(self) -> bytes:
        """``to_line`` in UTF-8."""
        try:
            return _ENCODE(self)
        except UnicodeEncodeError:
            # A file name that is not UTF-8 holds lone surrogates: no file takes them unescaped.
            facts = msgspec.to_builtins(self)
            return json.dumps(facts, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_line(cls, line: str) -> Event:
        """The inverse of ``to_line``. Raises ValueError on anything that is not an event."""
        try:
            return _DECODE(line) if _ESCAPED_SURROGATE not in line else _with_surrogates(line)
        except (UnicodeEncodeError, RecursionError) as error:
            raise ValueError(f"not an event: {error}") from error


def _with_surrogates(line: str) -> Event:
    """As Python's own decoder takes it, which knows lone surrogates."""
    return msgspec.convert(json.loads(line, parse_constant=_refuse), Event)


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Event).decode


@dataclass(frozen=True)
class EventLog:
    """Events in the order in which they happened.

    skipped: lines that were not events (a line cut by a kill, say); a count, never hidden.
    """

    events: tuple[Event, ...]
    skipped: int = 0

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> EventLog:
        """Reads JSON lines in any order; a line that is not an event is counted, not fatal."""
        events, skipped = [], 0
        for line in lines:
            if not line.strip():
                continue
            try:
                events.append(Event.from_line(line))
            except ValueError:
                skipped += 1
        return cls(tuple(sorted(events, key=lambda event: event.at_ns)), skipped)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def of(self, *kinds: Kind) -> tuple[Event, ...]:
        """The events of these kinds, in order."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], ())
        if kinds not in self._of_several:
            places = sorted(chain.from_iterable(self._places.get(kind, ()) for kind in set(kinds)))
            self._of_several[kinds] = tuple(map(self.events.__getitem__, places))
        return self._of_several[kinds]

    def of_connection(self, sid: str | None, *kinds: Kind) -> tuple[Event, ...]:
        """The events of these kinds that belong to one connection, in order."""
        if kinds not in self._of_connections:
            found: defaultdict[str | None, list[Event]] = defaultdict(list)
            for event in self.of(*kinds):
                found[event.sid].append(event)
            self._of_connections[kinds] = {sid: tuple(own) for sid, own in found.items()}
        return self._of_connections[kinds].get(sid, ())

    def between(self, first_ns: int, last_ns: int, *kinds: Kind) -> tuple[Event, ...]:
        """Those of these kinds from ``first_ns`` to ``last_ns``, both allowed, in order."""
        events = self.of(*kinds)
        begin = bisect_left(events, first_ns, key=_moment)
        return events[begin : bisect_right(events, last_ns, lo=begin, key=_moment)]

    @cached_property
    def _of_several(self) -> dict[tuple[Kind, ...], tuple[Event, ...]]:
        """What was asked for before: a rule may ask once for each of a long session's points."""
        return {}

    @cached_property
    def _of_connections(
        self,
    ) -> dict[tuple[Kind, ...], Mapping[str | None, tuple[Event, ...]]]:
        """What was asked for before, by connection."""
        return {}

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[Event, ...]]:
        event_at = self.events.__getitem__
        return {kind: tuple(map(event_at, places)) for kind, places in self._places.items()}

    @cached_property
    def _places(self) -> Mapping[Kind, list[int]]:
        """Sixty rules ask again and again; the log is gone through once."""
        found: defaultdict[Kind, list[int]] = defaultdict(list)
        for place, event in enumerate(self.events):
            found[event.kind].append(place)
        return dict(found)

    def blind(self) -> EventLog:
        """The log without the injector's words and without the settings, which name the fault."""
        started, injector = Kind.SESSION_STARTED, Witness.INJECTOR
        # A list first: a generator costs a million events half as much again.
        kept = [
            Event(e.at_ns, e.utc, e.witness, e.kind, e.sid) if e.kind is started else e
            for e in self.events
            if e.witness is not injector
        ]
        return EventLog(tuple(kept), self.skipped)

    def by(self, witness: Witness) -> tuple[Event, ...]:
        """What this witness wrote, in order."""
        return tuple(event for event in self.events if event.witness is witness)


def _moment(event: Event) -> int:
    return event.at_ns


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")

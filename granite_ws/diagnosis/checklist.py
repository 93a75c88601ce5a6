"""The seed's diagnostic checklist, answered in its order, each answer with its numbers.

Where the protocol says otherwise than the seed believed, the answer still gives the number that
was asked for, and the note says what it does and does not mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.events import Kind
from granite_ws.timeline import Timeline

YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Limits:
    """What this session was configured with, as far as the checklist compares against it."""

    ping_timeout_s: float
    max_http_buffer_bytes: int


@dataclass(frozen=True)
class Answer:
    """One box of the checklist: ``yes`` is the healthy answer, ``no`` asks for the ``action``."""

    step: int
    topic: str
    question: str
    answer: str
    figures: str
    note: str
    action: str = ""


def answer_checklist(timeline: Timeline, configured: Limits) -> tuple[Answer, ...]:
    """All boxes of the seed's five steps, in its order."""
    questions: tuple[Callable[[Timeline, Limits], Answer], ...] = (
        _prediction_time,
        _payload_size,
        _memory,
        _memory_errors,
        _client_timeout,
        _client_closing,
        _network_stable,
        _websocket_open,
    )
    return tuple(ask(timeline, configured) for ask in questions)


def _prediction_time(timeline: Timeline, configured: Limits) -> Answer:
    limit = configured.ping_timeout_s
    note = (
        "A long prediction alone drops nobody: in a thread that releases the GIL the heartbeat "
        "goes on. What counts is how long the server stood still. "
    )
    stalls = [stall.seconds for stall in timeline.stalls_while_connected]
    if stalls:
        note += f"Longest stall while clients were connected: {max(stalls):.2f} s."
    elif timeline.log.of(Kind.MONITOR_STARTED):
        note += "No stall was recorded while clients were connected."
    unfinished = sum(prediction.seconds is None for prediction in timeline.predictions)
    times = [p.seconds for p in timeline.predictions if p.seconds is not None]
    topic, question = "Prediction time", f"Is it below ping_timeout ({limit:g} s)?"
    if not times:
        return Answer(1, topic, question, UNKNOWN, "no prediction ended", note)
    figures = f"longest of {len(times)}: {max(times):.3f} s"
    if unfinished:
        figures += f"; {unfinished} never ended"
    healthy = max(times) < limit
    return Answer(
        1,
        topic,
        question,
        YES if healthy else NO,
        figures,
        note,
        "" if healthy else "Raise ping_timeout or make the prediction faster.",
    )


def _payload_size(timeline: Timeline, configured: Limits) -> Answer:
    limit = configured.max_http_buffer_bytes
    topic, question = "Emitted data", f"Is it below max_http_buffer_size ({limit:,} bytes)?"
    note = "That limit is for messages from clients only; what the server emits is not limited."
    sizes = [emit.bytes for emit in timeline.emits]
    if not sizes:
        return Answer(2, topic, question, UNKNOWN, "nothing was emitted", note)
    healthy = max(sizes) < limit
    return Answer(
        2,
        topic,
        question,
        YES if healthy else NO,
        f"largest of {len(sizes)}: {max(sizes):,} bytes",
        note,
        "" if healthy else "Reduce forecast_horizon, or send the result in parts.",
    )


def _memory(timeline: Timeline, _: Limits) -> Answer:
    topic, question = "Memory", "Is there enough?"
    samples = [e.data for e in timeline.log.of(Kind.SAMPLE) if e.data["role"] == "server"]
    if not samples:
        return Answer(3, topic, question, UNKNOWN, "memory was not sampled", "")
    peak = max(sample["rss_bytes"] for sample in samples)
    grown = samples[-1]["rss_bytes"] - samples[0]["rss_bytes"]
    free = min(sample["host_free_bytes"] for sample in samples)
    healthy = free > limits.LOW_MEMORY_BYTES
    return Answer(
        3,
        topic,
        question,
        YES if healthy else NO,
        f"server peak {peak / 1e6:,.0f} MB, grown {grown / 1e6:+,.1f} MB; "
        f"host never below {free / 1e9:,.1f} GB free",
        "",
        "" if healthy else "Reduce context_length, or give the machine more memory.",
    )


def _memory_errors(timeline: Timeline, _: Limits) -> Answer:
    topic, question = "Memory", "Were the predictions free of out-of-memory errors?"
    if not timeline.predictions:
        return Answer(3, topic, question, UNKNOWN, "no prediction was seen", "")
    failures = timeline.log.of(Kind.ENGINE_FAILED, Kind.FALLBACK_FAILED)
    short = [e for e in failures if "out of memory" in str(e.data.get("error", "")).lower()]
    return Answer(
        3,
        topic,
        question,
        NO if short else YES,
        f"{len(short)} out of memory, {len(failures)} failed in all",
        "",
        "Reduce context_length or forecast_horizon." if short else "",
    )


def _client_timeout(timeline: Timeline, _: Limits) -> Answer:
    topic, question = "Client", "Was it free of timeouts?"
    if not timeline.connections:
        return Answer(4, topic, question, UNKNOWN, "no client was watched", "")
    gave_up = [
        drop
        for drop in timeline.drops
        if drop.client_log
        and ("stopped communicating" in drop.client_log or "queue is empty" in drop.client_log)
    ]
    server_side = [drop for drop in timeline.drops if drop.server_reason == "ping timeout"]
    return Answer(
        4,
        topic,
        question,
        NO if gave_up or server_side else _yes_if_ended(timeline),
        f"client gave up {len(gave_up)} times, server {len(server_side)} times",
        "The two limits differ: a client waits for a PING, the server for a PONG.",
    )


def _client_closing(timeline: Timeline, _: Limits) -> Answer:
    topic, question = "Client", "Did it only close on purpose?"
    if not timeline.connections:
        return Answer(4, topic, question, UNKNOWN, "no client was watched", "")
    own = sum(connection.own for connection in timeline.connections)
    return Answer(
        4,
        topic,
        question,
        NO if timeline.drops else _yes_if_ended(timeline),
        f"{own} closed on purpose, {len(timeline.drops)} dropped",
        "",
    )


def _yes_if_ended(timeline: Timeline) -> str:
    """What became of a connection after the recording, nobody knows."""
    return UNKNOWN if any(c.ended_ns is None for c in timeline.connections) else YES


def _network_stable(timeline: Timeline, configured: Limits) -> Answer:
    topic, question = "Network", "Is it stable?"
    trips = sorted(p.round_trip_s for p in timeline.pings if p.round_trip_s is not None)
    refused = len(timeline.log.of(Kind.CONNECT_FAILED))
    if not trips:
        return Answer(5, topic, question, UNKNOWN, "no PING was answered while watched", "")
    slow = trips[-1] > limits.SLOW_ROUND_TRIP_SHARE * configured.ping_timeout_s
    return Answer(
        5,
        topic,
        question,
        NO if slow or refused else YES,
        f"{len(trips)} PING/PONG rounds, median {trips[len(trips) // 2] * 1e3:.1f} ms, "
        f"longest {trips[-1] * 1e3:.1f} ms; {refused} failed connects",
        "A round trip includes both processes, so a stalled one looks like a slow network.",
    )


def _websocket_open(timeline: Timeline, _: Limits) -> Answer:
    topic, question = "Network", "Does WebSocket get through (no firewall or proxy in the way)?"
    if not timeline.connections:
        return Answer(5, topic, question, UNKNOWN, "no client connected", "")
    transports = [connection.transport or "unknown" for connection in timeline.connections]
    through = transports.count("websocket")
    return Answer(
        5,
        topic,
        question,
        YES if through == len(transports) else UNKNOWN,
        f"{through} of {len(transports)} connections used WebSocket",
        "Only the path between this probe and this server was tested.",
    )

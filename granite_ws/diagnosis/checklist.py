"""The seed's diagnostic checklist, answered in its order, each answer with its numbers.

Where the protocol says otherwise than the seed believed, the answer still gives the number that
was asked for, and the note says what it does and does not mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from granite_ws.diagnosis import limits
from granite_ws.events import Kind
from granite_ws.phrase import Phrase, mark, say
from granite_ws.timeline import Timeline

YES, NO, UNKNOWN = mark("yes"), mark("no"), mark("unknown")


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
    note = _prediction_note(timeline)
    times = [p.seconds for p in timeline.predictions if p.seconds is not None]
    topic = say("Prediction time")
    question = say("Is it below ping_timeout ({limit_s:g} s)?", limit_s=limit)
    if not times:
        return Answer(1, topic, question, UNKNOWN, say("no prediction ended"), note)
    numbers = {
        "count": len(times),
        "longest_s": max(times),
        "unfinished": sum(prediction.seconds is None for prediction in timeline.predictions),
    }
    figures = (
        say("longest of {count}: {longest_s:.3f} s; {unfinished} never ended", **numbers)
        if numbers["unfinished"]
        else say("longest of {count}: {longest_s:.3f} s", **numbers)
    )
    healthy = max(times) < limit
    return Answer(
        1,
        topic,
        question,
        YES if healthy else NO,
        figures,
        note,
        "" if healthy else say("Raise ping_timeout or make the prediction faster."),
    )


def _prediction_note(timeline: Timeline) -> str:
    """What counts instead, and how much there was of it."""
    stalls = [stall.seconds for stall in timeline.stalls_while_connected]
    if stalls:
        seen = say(
            "Longest stall while clients were connected: {longest_s:.2f} s.", longest_s=max(stalls)
        )
    elif timeline.log.of(Kind.MONITOR_STARTED):
        seen = say("No stall was recorded while clients were connected.")
    else:
        seen = Phrase("")
    return say(
        "A long prediction alone drops nobody: in a thread that releases the GIL the heartbeat "
        "goes on. What counts is how long the server stood still. {seen}",
        seen=seen,
    )


def _payload_size(timeline: Timeline, configured: Limits) -> Answer:
    limit = configured.max_http_buffer_bytes
    topic = say("Emitted data")
    question = say("Is it below max_http_buffer_size ({limit_bytes:,} bytes)?", limit_bytes=limit)
    note = say(
        "That limit is for messages from clients only; what the server emits is not limited."
    )
    sizes = [emit.bytes for emit in timeline.emits]
    if not sizes:
        return Answer(2, topic, question, UNKNOWN, say("nothing was emitted"), note)
    healthy = max(sizes) < limit
    return Answer(
        2,
        topic,
        question,
        YES if healthy else NO,
        say(
            "largest of {count}: {largest_bytes:,} bytes",
            count=len(sizes),
            largest_bytes=max(sizes),
        ),
        note,
        "" if healthy else say("Reduce forecast_horizon, or send the result in parts."),
    )


def _memory(timeline: Timeline, _: Limits) -> Answer:
    topic, question = say("Memory"), say("Is there enough?")
    samples = [e.data for e in timeline.log.of(Kind.SAMPLE) if e.data["role"] == "server"]
    if not samples:
        return Answer(3, topic, question, UNKNOWN, say("memory was not sampled"), "")
    peak = max(sample["rss_bytes"] for sample in samples)
    grown = samples[-1]["rss_bytes"] - samples[0]["rss_bytes"]
    free = min(sample["host_free_bytes"] for sample in samples)
    healthy = free > limits.LOW_MEMORY_BYTES
    return Answer(
        3,
        topic,
        question,
        YES if healthy else NO,
        say(
            "server peak {peak_mb:,.0f} MB, grown {grown_mb:+,.1f} MB; host never below "
            "{free_gb:,.1f} GB free",
            peak_mb=peak / 1e6,
            grown_mb=grown / 1e6,
            free_gb=free / 1e9,
        ),
        "",
        "" if healthy else say("Reduce context_length, or give the machine more memory."),
    )


def _memory_errors(timeline: Timeline, _: Limits) -> Answer:
    topic = say("Memory")
    question = say("Were the predictions free of out-of-memory errors?")
    if not timeline.predictions:
        return Answer(3, topic, question, UNKNOWN, say("no prediction was seen"), "")
    failures = timeline.log.of(Kind.ENGINE_FAILED, Kind.FALLBACK_FAILED)
    short = [e for e in failures if "out of memory" in str(e.data.get("error", "")).lower()]
    return Answer(
        3,
        topic,
        question,
        NO if short else YES,
        say(
            "{short} out of memory, {failed} failed in all",
            short=len(short),
            failed=len(failures),
        ),
        "",
        say("Reduce context_length or forecast_horizon.") if short else "",
    )


def _client_timeout(timeline: Timeline, _: Limits) -> Answer:
    topic, question = say("Client"), say("Was it free of timeouts?")
    if not timeline.connections:
        return Answer(4, topic, question, UNKNOWN, say("no client was watched"), "")
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
        say(
            "client gave up {by_client} times, server {by_server} times",
            by_client=len(gave_up),
            by_server=len(server_side),
        ),
        say("The two limits differ: a client waits for a PING, the server for a PONG."),
    )


def _client_closing(timeline: Timeline, _: Limits) -> Answer:
    topic, question = say("Client"), say("Did it only close on purpose?")
    if not timeline.connections:
        return Answer(4, topic, question, UNKNOWN, say("no client was watched"), "")
    own = sum(connection.own for connection in timeline.connections)
    return Answer(
        4,
        topic,
        question,
        NO if timeline.drops else _yes_if_ended(timeline),
        say("{own} closed on purpose, {dropped} dropped", own=own, dropped=len(timeline.drops)),
        "",
    )


def _yes_if_ended(timeline: Timeline) -> str:
    """What became of a connection after the recording, nobody knows."""
    return UNKNOWN if any(c.ended_ns is None for c in timeline.connections) else YES


def _network_stable(timeline: Timeline, configured: Limits) -> Answer:
    topic, question = say("Network"), say("Is it stable?")
    trips = sorted(p.round_trip_s for p in timeline.pings if p.round_trip_s is not None)
    refused = len(timeline.log.of(Kind.CONNECT_FAILED))
    if not trips:
        figures = say("no PING was answered while watched")
        return Answer(5, topic, question, UNKNOWN, figures, "")
    slow = trips[-1] > limits.SLOW_ROUND_TRIP_SHARE * configured.ping_timeout_s
    return Answer(
        5,
        topic,
        question,
        NO if slow or refused else YES,
        say(
            "{rounds} PING/PONG rounds, median {median_ms:.1f} ms, longest {longest_ms:.1f} ms; "
            "{refused} failed connects",
            rounds=len(trips),
            median_ms=trips[len(trips) // 2] * 1e3,
            longest_ms=trips[-1] * 1e3,
            refused=refused,
        ),
        say("A round trip includes both processes, so a stalled one looks like a slow network."),
    )


def _websocket_open(timeline: Timeline, _: Limits) -> Answer:
    topic = say("Network")
    question = say("Does WebSocket get through (no firewall or proxy in the way)?")
    if not timeline.connections:
        return Answer(5, topic, question, UNKNOWN, say("no client connected"), "")
    transports = [connection.transport or "unknown" for connection in timeline.connections]
    through = transports.count("websocket")
    return Answer(
        5,
        topic,
        question,
        YES if through == len(transports) else UNKNOWN,
        say(
            "{through} of {connections} connections used WebSocket",
            through=through,
            connections=len(transports),
        ),
        say("Only the path between this probe and this server was tested."),
    )

"""The small facts of a session: how it went, and what it was run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.events import Event, Kind
from granite_ws.phrase import Phrase, say
from granite_ws.report.machine import watched_s
from granite_ws.report.raw import Link, RawEvents
from granite_ws.report.words import figure, size
from granite_ws.session import Session
from granite_ws.timeline import Timeline

_UNKNOWN = say("unknown")


@dataclass(frozen=True)
class Fact:
    """A label with its value, and the event that shows it, where it is one event."""

    label: Phrase
    value: str | int
    link: Link | None = None


def outcome_facts(verdict: Verdict, raw: RawEvents) -> list[Fact]:
    """Who was watched for how long, what was lost, and the longest of what could be to blame."""
    timeline = verdict.timeline
    times = [p.seconds for p in timeline.predictions if p.seconds is not None]
    stalls = timeline.stalls_while_connected
    worst = max(stalls, key=lambda stall: stall.seconds, default=None)
    return [
        Fact(say("clients watched"), len({c.client for c in timeline.connections})),
        Fact(say("drops"), _count(len(verdict.drops))),
        Fact(say("connected time"), figure(watched_s(timeline), "s")),
        Fact(say("forecasts"), _count(len(times))),
        Fact(
            say("longest prediction"),
            figure(max(times), "s") if times else say("none"),
            raw.link(_longest_prediction(timeline)),
        ),
        Fact(
            say("longest stall"),
            figure(worst.seconds, "s") if worst else say("none seen"),
            raw.link(worst.event if worst else None),
        ),
    ]


def _count(count: int) -> Phrase:
    return say("{count:,}", count=count)


def _longest_prediction(timeline: Timeline) -> Event | None:
    ended = [p for p in timeline.predictions if p.seconds is not None]
    if not ended:
        return None
    longest = max(ended, key=lambda prediction: prediction.seconds or 0.0)
    ends = timeline.log.of(Kind.FORECAST_DONE, Kind.FORECAST_FAILED)
    return next(event for event in ends if event.at_ns == longest.ended_ns)


def reproduction_facts(session: Session) -> list[Fact]:
    """What the session was run on, as it was recorded when it began."""
    known = session.provenance
    return [
        Fact(say("Session"), session.name),
        Fact(say("Recorded"), known.get("created_utc", _UNKNOWN)),
        Fact(say("Seed"), known.get("seed", _UNKNOWN)),
        *_data(known.get("data", {})),
        *_machine(known.get("machine", {})),
        *_computed(session),
        Fact(say("Lines that were no events"), session.log.skipped),
    ]


def _computed(session: Session) -> list[Fact]:
    """What computed the network; recordings of before that was told have none."""
    ready = next(iter(session.log.of(Kind.MODEL_READY)), None)
    if ready is None or not ready.data.get("runtime"):
        return []
    facts = [Fact(say("Computed by"), ready.data["runtime"])]
    if ready.data.get("why_not_faster"):
        facts += [Fact(say("Why by nothing faster"), ready.data["why_not_faster"])]
    return facts


def _data(data: Mapping[str, Any]) -> list[Fact]:
    facts = [Fact(say("Data"), data.get("name", _UNKNOWN))]
    if "points" in data:
        facts += [Fact(say("Points"), _count(data["points"]))]
    if "source" in data:
        facts += [Fact(say("Source"), data["source"])]
    facts += [Fact(say("Data SHA-256"), data.get("sha256", _UNKNOWN))]
    return facts + [Fact(say("Repair"), repair) for repair in data.get("repairs", [])]


def _machine(machine: Mapping[str, Any]) -> list[Fact]:
    facts = [Fact(say("Machine"), machine.get("system", _UNKNOWN))]
    if machine.get("cpu_count") is not None:
        facts += [Fact(say("Cores"), machine["cpu_count"])]
    if machine.get("memory_bytes") is not None:
        facts += [Fact(say("Memory"), size(machine["memory_bytes"]))]
    if machine.get("load_1min") is not None:
        facts += [Fact(say("Load"), say("{load:g}", load=machine["load_1min"]))]
    return [*facts, Fact(say("Python"), machine.get("python", _UNKNOWN))]

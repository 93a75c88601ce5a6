"""The small facts of a session: how it went, and what it was run on."""

from __future__ import annotations

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
        Fact(say("drops"), len(verdict.drops)),
        Fact(say("connected time"), figure(watched_s(timeline), "s")),
        Fact(say("forecasts"), len(times)),
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
    data, machine = known.get("data", {}), known.get("machine", {})
    unknown = say("unknown")
    return [
        Fact(say("Session"), session.name),
        Fact(say("Recorded"), known.get("created_utc", unknown)),
        Fact(say("Seed"), known.get("seed", unknown)),
        Fact(say("Data"), _data(data) if data else unknown),
        Fact(say("Data SHA-256"), data.get("sha256", unknown)),
        *[Fact(say("Repair"), repair) for repair in data.get("repairs", [])],
        Fact(say("Machine"), _machine(machine) if machine else unknown),
        Fact(say("Python"), machine.get("python", unknown)),
        Fact(say("Lines that were no events"), session.log.skipped),
    ]


def _data(data: dict[str, Any]) -> Phrase:
    return say(
        "{name}, {points} points, {source}",
        name=data.get("name"),
        points=data.get("points"),
        source=data.get("source"),
    )


def _machine(machine: dict[str, Any]) -> Phrase:
    return say(
        "{system}, {cores} cores, {memory} memory, load {load}",
        system=machine.get("system"),
        cores=machine.get("cpu_count"),
        memory=size(machine.get("memory_bytes") or 0),
        load=machine.get("load_1min"),
    )

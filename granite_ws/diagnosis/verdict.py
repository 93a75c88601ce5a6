"""The verdict on one log: did the connection hold, what explains each drop, what is unknown."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any

from granite_ws.diagnosis import clients, ends, feed, network, payloads, stalls
from granite_ws.diagnosis.as_html import causes_as_html, drops_as_html
from granite_ws.diagnosis.checklist import Answer, Limits, answer_checklist
from granite_ws.diagnosis.expected import Metric, compare_metrics
from granite_ws.diagnosis.finding import Check, Finding, Truth
from granite_ws.events import EventLog, Kind
from granite_ws.phrase import Phrase, join, say, say_many
from granite_ws.timeline import Connection, Timeline, read_timeline

# The order in which a drop is looked into: is the process alive, what was sent, could the server
# run, could the client, and only then what lies between.
CHECKS: tuple[Check, ...] = (
    *ends.CHECKS,
    *payloads.CHECKS,
    *stalls.CHECKS,
    *clients.CHECKS,
    *network.CHECKS,
    *feed.CHECKS,
)


class Outcome(StrEnum):
    """What became of the connections."""

    HELD = "held"
    DROPPED = "dropped"
    TROUBLED = "troubled"  # no drop, and yet something that people report as one
    UNKNOWN = "unknown"  # nobody connected, or nobody watched


@dataclass(frozen=True)
class Drop:
    """One lost connection and the causes that explain it; without one it is ``unknown``."""

    connection: Connection
    causes: tuple[Finding, ...]

    @property
    def cause(self) -> str:
        """The first cause's name, or ``unknown``."""
        return self.causes[0].cause if self.causes else "unknown"

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the cause, and what each side said."""
        connection = self.connection
        return {
            "sid": connection.sid,
            "client": connection.client,
            "cause": self.cause,
            "client_reason": connection.client_reason,
            "client_log": connection.client_log,
            "server_reason": connection.server_reason,
            "server_thread": connection.server_thread,
        }


@dataclass(frozen=True)
class Verdict:
    """What the log says, and what it does not."""

    outcome: Outcome
    summary: str
    timeline: Timeline
    drops: tuple[Drop, ...]
    findings: tuple[Finding, ...]
    checklist: tuple[Answer, ...]
    metrics: tuple[Metric, ...]

    @property
    def unexplained(self) -> tuple[Drop, ...]:
        """Drops without a cause; with the explained ones they are all drops."""
        return tuple(drop for drop in self.drops if not drop.causes)

    @property
    def troubles(self) -> tuple[Finding, ...]:
        """Supported findings that explain no drop: refused connects, results that never came."""
        return tuple(f for f in self.findings if f.truth is Truth.SUPPORTED and not f.explains)

    @property
    def exit_code(self) -> int:
        """0 the connection held, 1 every drop is explained, 3 something is unknown."""
        if self.outcome is Outcome.HELD:
            return 0
        if self.outcome is Outcome.TROUBLED:
            return 1
        return 1 if self.outcome is Outcome.DROPPED and not self.unexplained else 3

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``verdict.json`` and ``--json``."""
        return {
            "outcome": self.outcome.value,
            "summary": self.summary,
            "drops": [{**drop.to_dict(), "at_s": self._seconds(drop)} for drop in self.drops],
            "findings": [finding.to_dict() for finding in self.findings],
            "checklist": [vars(answer) for answer in self.checklist],
            "metrics": [metric.to_dict() for metric in self.metrics],
        }

    def _repr_html_(self) -> str:
        """In JupyterLab: the sentence, the causes, the drops; foreign words are escaped."""
        drops = tuple((drop.connection, drop.cause) for drop in self.drops)
        return (
            f"<p><b>{escape(self.summary)}</b></p>{causes_as_html(self.findings)}"
            f"{drops_as_html(drops, self.timeline)}"
        )

    def _seconds(self, drop: Drop) -> float:
        ended = drop.connection.lost_ns or self.timeline.ended_ns
        return round(self.timeline.seconds(ended), 3)


def diagnose(log: EventLog, configured: Limits, *, checks: tuple[Check, ...] = CHECKS) -> Verdict:
    """Judges a log, blind to what was broken on purpose. Pure: one log gives one verdict."""
    timeline = read_timeline(log.blind())
    findings = tuple(_judged(check, timeline) for check in checks)
    supported = [finding for finding in findings if finding.truth is Truth.SUPPORTED]
    drops = tuple(
        Drop(
            connection,
            tuple(finding for finding in supported if connection.sid in finding.explains),
        )
        for connection in timeline.drops
    )
    outcome = _outcome(timeline, any(not finding.explains for finding in supported))
    return Verdict(
        outcome=outcome,
        summary=_summary(outcome, timeline, drops, supported),
        timeline=timeline,
        drops=drops,
        findings=findings,
        checklist=answer_checklist(timeline, configured),
        metrics=compare_metrics(timeline),
    )


def _judged(check: Check, timeline: Timeline) -> Finding:
    """A check that fails on odd evidence says so; it does not take the verdict with it."""
    code: str = sys.modules[check.__module__].CODE
    if not timeline.log.events:
        return Finding(code, cause_of(check), Truth.UNKNOWN, say("Nothing was recorded."))
    try:
        return check(timeline)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        words = say(
            "This check failed on this log: {kind}: {error}",
            kind=type(error).__name__,
            error=str(error),
        )
        return Finding(code, cause_of(check), Truth.UNKNOWN, words)


def cause_of(check: Check) -> str:
    """The name of the cause that a check is about."""
    cause: str = sys.modules[check.__module__].CAUSE
    return cause


def _outcome(timeline: Timeline, troubled: bool) -> Outcome:
    if timeline.drops:
        return Outcome.DROPPED
    if troubled:
        return Outcome.TROUBLED
    seen_to_end = [c for c in timeline.connections if c.own]
    # A connection that merely was not seen to end may have been lost after the last event.
    return (
        Outcome.HELD
        if seen_to_end and len(seen_to_end) == len(timeline.connections)
        else (Outcome.UNKNOWN)
    )


def _summary(
    outcome: Outcome, timeline: Timeline, drops: tuple[Drop, ...], supported: list[Finding]
) -> str:
    watched = _watched(timeline)
    if outcome is Outcome.HELD:
        return say("The connection held: {watched}, no drop.", watched=watched)
    if outcome is Outcome.TROUBLED:
        troubles = ", ".join(sorted({finding.cause for finding in supported}))
        return say(
            "Nothing dropped with {watched}, but: {troubles}.", watched=watched, troubles=troubles
        )
    if outcome is Outcome.UNKNOWN:
        return _why_unknown(timeline)
    return say(
        "The connection dropped: {drops} with {watched}; {causes}.",
        drops=say_many("{count} drop", "{count} drops", len(drops)),
        watched=watched,
        causes=join("; ", _named_causes(drops)),
    )


def _watched(timeline: Timeline) -> Phrase:
    done = sum(prediction.seconds is not None for prediction in timeline.predictions)
    clients = len({connection.client for connection in timeline.connections})
    return say(
        "{clients} and {forecasts}",
        clients=say_many("{count} client", "{count} clients", clients),
        forecasts=say_many("{count} forecast", "{count} forecasts", done),
    )


def _why_unknown(timeline: Timeline) -> Phrase:
    if timeline.connections:
        return say("Unknown: the recording ends before the connections do.")
    refused = timeline.log.of(Kind.CONNECT_FAILED)
    if refused:
        return say("Unknown: no client ever connected ({why}).", why=refused[-1].data["error"])
    return say("Unknown: no client ever connected.")


def _named_causes(drops: tuple[Drop, ...]) -> list[Phrase]:
    named = sorted({drop.cause for drop in drops if drop.causes})
    unnamed = sum(not drop.causes for drop in drops)
    parts = []
    if unnamed:
        parts += [say("{unnamed} of {all} without a known cause", unnamed=unnamed, all=len(drops))]
    if named:
        parts += [say("cause: {causes}", causes=", ".join(named))]
    return parts

"""The sections of a report: each answers one question, in a notebook and in a page alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from granite_ws.diagnosis.verdict import Outcome, Verdict
from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.report import figures
from granite_ws.report.asked import asked_forecasts
from granite_ws.report.causes import QUESTION, cause_rows, excluded
from granite_ws.report.drops import MOST_ROWS, drop_row
from granite_ws.report.embedded import embed
from granite_ws.report.environment import style, templates
from granite_ws.report.facts import outcome_facts, reproduction_facts
from granite_ws.report.machine import bundle
from granite_ws.report.raw import RawEvents
from granite_ws.report.section import NARROW_IN, WIDE_IN, Section, picture, section
from granite_ws.report.words import figure
from granite_ws.session import Session

__all__ = [
    "ALL",
    "NARROW_IN",
    "WIDE_IN",
    "Answer",
    "Section",
    "asked_forecasts",
    "causes",
    "checklist",
    "distributions",
    "expected_metrics",
    "forecasts",
    "lost_connections",
    "outcome",
    "reproduction",
    "section",
    "style",
    "templates",
    "what_happened",
]

Answer = Callable[[Session, Verdict], Section]
_ANSWERS = {"yes": say("yes"), "no": say("no"), "unknown": say("unknown")}


def outcome(session: Session, verdict: Verdict) -> Section:
    """Did the connection hold while the model predicted?"""
    raw = RawEvents("outcome", session.name, verdict.timeline)
    facts = outcome_facts(verdict, raw)
    known = embed(session, verdict)
    drawn = section("outcome", "", verdict.summary, "banner", verdict, facts, raw, known)
    return replace(drawn, data=bundle(session, verdict))


def what_happened(session: Session, verdict: Verdict) -> Section:
    """What happened, and when?"""
    del session
    return picture(
        "what-happened",
        say("What happened, and when?"),
        figures.draw_timeline,
        verdict.timeline,
        alt=say("Timeline of both sides. {summary}", summary=verdict.summary),
        caption=say(
            "Client above, server below, on one clock. A prediction between two PINGs is "
            "harmless; a stall that covers the next PING is not. Where a lane has too many "
            "marks to tell apart, its height says how many there are at a time."
        ),
    )


def lost_connections(session: Session, verdict: Verdict) -> Section:
    """Which connections were lost, and what does each side know?"""
    drops = sorted(verdict.drops, key=lambda drop: drop.connection.lost_ns or 0)
    raw = RawEvents("drops", session.name, verdict.timeline)
    rows = [drop_row(drop, verdict.timeline, raw) for drop in drops[:MOST_ROWS]]
    words = "\n".join(f"{row['at']} client {row['client']}: {row['cause']}" for row in rows)
    return section(
        "drops",
        say("Which connections were lost, and what does each side know?"),
        words or "no drop",
        "drops",
        rows,
        raw,
        more=len(drops) - len(rows),
        connected=bool(verdict.timeline.connections),
    )


def causes(session: Session, verdict: Verdict) -> Section:
    """What ended them, how is that known, and what helps?"""
    raw = RawEvents("causes", session.name, verdict.timeline)
    rows = cause_rows(session, verdict, raw)
    refuted, open_ones = excluded(verdict)
    words = "\n".join(f"{row['code']} {row['cause']}: {row['claim']}" for row in rows)
    return section(
        "causes",
        QUESTION,
        words or "no cause is supported",
        "causes",
        rows,
        refuted,
        open_ones,
        raw,
        held=verdict.outcome is Outcome.HELD,
    )


def checklist(session: Session, verdict: Verdict) -> Section:
    """What does the checklist say?"""
    del session
    words = "\n".join(f"{a.step} {a.question} {a.answer}: {a.figures}" for a in verdict.checklist)
    return section(
        "checklist",
        say("What does the checklist say?"),
        words,
        "checklist",
        verdict.checklist,
        _ANSWERS,
    )


def expected_metrics(session: Session, verdict: Verdict) -> Section:
    """Are times and sizes as expected?"""
    del session
    rows = [
        {
            "what": metric.expected.what,
            "expected": say(
                "{low} to {high}",
                low=figure(metric.expected.low, metric.expected.unit),
                high=figure(metric.expected.high, metric.expected.unit),
            ),
            "measured": "–"
            if metric.measured is None
            else figure(metric.measured, metric.expected.unit),
            "count": metric.count,
            "comparison": metric.comparison,
        }
        for metric in verdict.metrics
    ]
    words = "\n".join(f"{row['what']}: {row['measured']} ({row['comparison']})" for row in rows)
    return section("metrics", say("Are times and sizes as expected?"), words, "metrics", rows)


def forecasts(session: Session, verdict: Verdict) -> Section:
    """What did the model say?"""
    data = session.provenance.get("data", {})
    name, unit = data.get("name", say("series")), data.get("unit", "")
    drawn = picture(
        "forecasts",
        say("What did the model say, and what came true?"),
        figures.draw_forecasts,
        verdict.timeline,
        alt=say("Points of {name} as fed, with three forecasts where each was made.", name=name),
        caption=say(
            "{name}: the fed points, and the first, middle and last forecast of the session.",
            name=f"{name} ({unit})" if unit else name,
        ),
    )
    log = verdict.timeline.log
    done = log.of(Kind.FORECAST_DONE)
    made = Counter((event.data["engine"], event.data["model"]) for event in done)
    rows = [{"engine": e, "model": m, "count": count} for (e, m), count in made.most_common()]
    skipped = [event.data for event in log.of(Kind.ENGINE_SKIPPED)]
    engines = section("engines", "", str(dict(made)), "engines", rows, skipped)
    return Section(drawn.name, drawn.question, drawn.html + engines.html, engines.words)


def distributions(session: Session, verdict: Verdict) -> Section:
    """How long did things take, and how large were they?"""
    del session
    return picture(
        "distributions",
        say(
            "How long did predictions, deliveries and PINGs take, and how large were the messages?"
        ),
        figures.draw_distributions,
        verdict.timeline,
        alt=say("Four histograms: prediction time, delivery time, PING to PONG, message size."),
        caption=say(
            "Solid line: median. Dotted line: 99th percentile. Delivery is from before the "
            "emit until the client had the message."
        ),
    )


def reproduction(session: Session, verdict: Verdict) -> Section:
    """How can this be reproduced?"""
    known = session.provenance
    command = known.get("command", say("not recorded"))
    return section(
        "reproduce",
        say("How can this be reproduced?"),
        str(command),
        "reproduce",
        command,
        reproduction_facts(session),
        sorted(session.settings.to_dict().items()),
        sorted(known.get("versions", {}).items()),
        embed(session, verdict),
    )


ALL: tuple[Answer, ...] = (
    outcome,
    causes,
    what_happened,
    lost_connections,
    checklist,
    expected_metrics,
    forecasts,
    asked_forecasts,
    distributions,
    reproduction,
)

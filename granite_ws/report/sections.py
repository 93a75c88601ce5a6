"""The sections of a report: each answers one question, in a notebook and in a page alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from granite_ws.diagnosis.verdict import Outcome, Verdict
from granite_ws.events import Kind
from granite_ws.report import figures
from granite_ws.report.causes import QUESTION, cause_rows, excluded
from granite_ws.report.drops import drop_row
from granite_ws.report.machine import bundle, watched_s
from granite_ws.report.words import figure, size
from granite_ws.session import Session
from granite_ws.timeline import Timeline

WIDE_IN, NARROW_IN = 10.0, 4.4


@dataclass(frozen=True)
class Section:
    """One answer, as HTML (already escaped) and as plain words for a terminal.

    data: strict JSON by MIME type, for whoever reads an executed notebook.
    """

    name: str
    question: str
    html: Markup
    words: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, Any]:
        """What a cell's output carries beside the HTML and the plain words."""
        return dict(self.data)

    def _repr_html_(self) -> str:
        """In JupyterLab: the section with its own style, since the page's is not there."""
        return f'<div class="gws"><style>{style()}</style>{self.html}</div>'

    def __repr__(self) -> str:
        """The plain words: what a notebook keeps beside the HTML."""
        return self.words


Answer = Callable[[Session, Verdict], Section]


@cache
def templates() -> Environment:
    """The templates; everything that comes from a log or a client is escaped."""
    return Environment(loader=PackageLoader("granite_ws.report"), autoescape=True)


@cache
def style() -> Markup:
    """The style sheet: our own text, so it needs no escaping."""
    source, _, _ = PackageLoader("granite_ws.report").get_source(templates(), "style.css")
    return Markup(source)  # noqa: S704


def outcome(session: Session, verdict: Verdict) -> Section:
    """Did the connection hold while the model predicted?"""
    timeline = verdict.timeline
    times = [p.seconds for p in timeline.predictions if p.seconds is not None]
    stalls = [stall.seconds for stall in timeline.stalls_while_connected]
    clients = len({connection.client for connection in timeline.connections})
    facts = [
        ("clients watched", clients),
        ("drops", len(verdict.drops)),
        ("connected time", figure(watched_s(timeline), "s")),
        ("forecasts", len(times)),
        ("longest prediction", figure(max(times), "s") if times else "none"),
        ("longest stall", figure(max(stalls), "s") if stalls else "none seen"),
    ]
    drawn = section("outcome", "", verdict.summary, "banner", verdict, facts)
    return replace(drawn, data=bundle(session, verdict))


def what_happened(session: Session, verdict: Verdict) -> Section:
    """What happened, and when?"""
    del session
    return _picture(
        "what-happened",
        "What happened, and when?",
        figures.draw_timeline,
        verdict.timeline,
        alt=f"Timeline of both sides. {verdict.summary}",
        caption="Client above, server below, on one clock. A prediction between two PINGs is "
        "harmless; a stall that covers the next PING is not.",
    )


def lost_connections(session: Session, verdict: Verdict) -> Section:
    """Which connections were lost, and what does each side know?"""
    del session
    drops = sorted(verdict.drops, key=lambda drop: drop.connection.lost_ns or 0)
    rows = [drop_row(drop, verdict.timeline) for drop in drops]
    words = "\n".join(f"{row['at']} client {row['client']}: {row['cause']}" for row in rows)
    return section(
        "drops",
        "Which connections were lost, and what does each side know?",
        words or "no drop",
        "drops",
        rows,
        connected=bool(verdict.timeline.connections),
    )


def causes(session: Session, verdict: Verdict) -> Section:
    """What ended them, how is that known, and what helps?"""
    rows = cause_rows(session, verdict)
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
        held=verdict.outcome is Outcome.HELD,
    )


def checklist(session: Session, verdict: Verdict) -> Section:
    """What does the checklist say?"""
    del session
    words = "\n".join(f"{a.step} {a.question} {a.answer}: {a.figures}" for a in verdict.checklist)
    return section(
        "checklist", "What does the checklist say?", words, "checklist", verdict.checklist
    )


def expected_metrics(session: Session, verdict: Verdict) -> Section:
    """Are times and sizes as expected?"""
    del session
    rows = [
        {
            "what": metric.expected.what,
            "expected": f"{figure(metric.expected.low, metric.expected.unit)} to "
            f"{figure(metric.expected.high, metric.expected.unit)}",
            "measured": "–"
            if metric.measured is None
            else figure(metric.measured, metric.expected.unit),
            "count": metric.count,
            "comparison": metric.comparison,
        }
        for metric in verdict.metrics
    ]
    words = "\n".join(f"{row['what']}: {row['measured']} ({row['comparison']})" for row in rows)
    return section("metrics", "Are times and sizes as expected?", words, "metrics", rows)


def forecasts(session: Session, verdict: Verdict) -> Section:
    """What did the model say?"""
    data = session.provenance.get("data", {})
    name, unit = data.get("name", "series"), data.get("unit", "")
    drawn = _picture(
        "forecasts",
        "What did the model say, and what came true?",
        figures.draw_forecasts,
        verdict.timeline,
        alt=f"Points of {name} as fed, with three forecasts where each was made.",
        caption=f"{name}{f' ({unit})' if unit else ''}: the fed points, and the first, middle and "
        "last forecast of the session.",
    )
    made = Counter(
        (event.data["engine"], event.data["model"])
        for event in verdict.timeline.log.of(Kind.FORECAST_DONE)
    )
    rows = [{"engine": e, "model": m, "count": count} for (e, m), count in made.most_common()]
    skipped = [event.data for event in verdict.timeline.log.of(Kind.ENGINE_SKIPPED)]
    engines = section("engines", "", str(dict(made)), "engines", rows, skipped)
    return Section(drawn.name, drawn.question, drawn.html + engines.html, engines.words)


def distributions(session: Session, verdict: Verdict) -> Section:
    """How long did things take, and how large were they?"""
    del session
    return _picture(
        "distributions",
        "How long did predictions, deliveries and PINGs take, and how large were the messages?",
        figures.draw_distributions,
        verdict.timeline,
        alt="Four histograms: prediction time, delivery time, PING to PONG, message size.",
        caption="Solid line: median. Dotted line: 99th percentile. Delivery is from before the "
        "emit until the client had the message.",
    )


def reproduction(session: Session, verdict: Verdict) -> Section:
    """How can this be reproduced?"""
    del verdict
    known = session.provenance
    data, machine = known.get("data", {}), known.get("machine", {})
    command = known.get("command", "not recorded")
    facts = [
        ("Session", session.name),
        ("Recorded", known.get("created_utc", "unknown")),
        ("Seed", known.get("seed", "unknown")),
        (
            "Data",
            f"{data.get('name')}, {data.get('points')} points, {data.get('source')}"
            if data
            else "unknown",
        ),
        ("Data SHA-256", data.get("sha256", "unknown")),
        *[("Repair", repair) for repair in data.get("repairs", [])],
        (
            "Machine",
            f"{machine.get('system')}, {machine.get('cpu_count')} cores, "
            f"{size(machine.get('memory_bytes') or 0)} memory, load {machine.get('load_1min')}"
            if machine
            else "unknown",
        ),
        ("Python", machine.get("python", "unknown")),
        ("Lines that were no events", session.log.skipped),
    ]
    return section(
        "reproduce",
        "How can this be reproduced?",
        str(command),
        "reproduce",
        command,
        facts,
        sorted(session.settings.to_dict().items()),
        sorted(known.get("versions", {}).items()),
    )


ALL: tuple[Answer, ...] = (
    outcome,
    causes,
    what_happened,
    lost_connections,
    checklist,
    expected_metrics,
    forecasts,
    distributions,
    reproduction,
)


# ------------------------------------------------------------------------------------ pieces


def section(
    name: str, question: str, words: str, macro: str, *values: Any, **more: Any
) -> Section:
    """A section that this macro of the templates draws from these values."""
    module = templates().get_template("sections.html.j2").make_module(more)
    return Section(
        name,
        question,
        Markup('<div class="gws">{}</div>').format(getattr(module, macro)(*values)),
        words,
    )


def _picture(
    name: str,
    question: str,
    draw: figures.Draw,
    timeline: Timeline,
    *,
    alt: str,
    caption: str,
) -> Section:
    # matplotlib escapes the texts that it writes into an SVG.
    wide, narrow = (
        Markup(figures.to_svg(draw, timeline, width))  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    return section(name, question, alt, "picture", wide, narrow, alt, caption)

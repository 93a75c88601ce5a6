"""What became of the forecasts that clients asked for: each as a mark, the numbers, the codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from granite_ws.asked import Asked, read_asked
from granite_ws.asked_metrics import ASKED_METRICS
from granite_ws.diagnosis.verdict import Verdict
from granite_ws.events import Kind
from granite_ws.phrase import Phrase, mark, say, say_many
from granite_ws.report.facts import Fact
from granite_ws.report.language import _
from granite_ws.report.section import Section, picture, section
from granite_ws.report.svg import (
    BLUE,
    GREEN,
    GREY,
    GRID,
    NARROW_IN,
    RED,
    local_ticks,
    margins,
    nothing,
)
from granite_ws.report.words import figure
from granite_ws.session import Session
from granite_ws.timeline import Timeline

QUESTION = mark("What became of the forecasts that clients asked for?")
# More marks of one kind than these are every second one, every third, ...: a page has limits.
MOST_MARKS = 1_000
_OF = {metric.name: metric.of for metric in ASKED_METRICS}
_STYLES: dict[str, tuple[str, str]] = {
    "made": ("o", BLUE),
    "cached": ("s", GREEN),
    "refused": ("X", RED),
    "waiting": ("^", GREY),
}


def asked_forecasts(session: Session, verdict: Verdict) -> Section:
    """What became of the forecasts that clients asked for?"""
    asked = read_asked(verdict.timeline.log)
    if not asked:
        words = say("No client asked for a forecast: they listened to the feed.")
        return section("asked", say(QUESTION), words, "sentence", words)
    drawn = picture(
        "asked",
        say(QUESTION),
        _draw,
        verdict.timeline,
        alt=say("Each asked forecast: when it was asked for, how long its answer took."),
        caption=say(
            "Each mark is an asking: from left to right when it was asked, upwards how long the "
            "client waited for the answer. A triangle had no answer when the session ended."
        ),
    )
    facts = _facts(session, verdict, asked)
    numbers = section("asked-facts", "", _in_words(facts), "asked", facts, _codes(asked))
    return Section(drawn.name, drawn.question, drawn.html + numbers.html, numbers.words)


def _in_words(facts: Sequence[Fact]) -> str:
    return "\n".join(f"{fact.label}: {fact.value}" for fact in facts)


def _facts(session: Session, verdict: Verdict, asked: Sequence[Asked]) -> list[Fact]:
    facts = [
        Fact(say("executor"), session.settings.executor),
        Fact(say("asked for"), say("{count:,}", count=len(asked))),
        Fact(say("answered with a forecast"), _percent(_OF["answered_percent"](verdict))),
        Fact(say("median wait"), _milliseconds(_OF["asked_p50_ms"](verdict))),
        Fact(say("99 % waited at most"), _milliseconds(_OF["asked_p99_ms"](verdict))),
        Fact(say("from the cache"), _percent(_OF["cache_hit_percent"](verdict))),
    ]
    log = verdict.timeline.log
    if log.of(Kind.WORKER_STARTED):
        facts += [Fact(say("workers that ended"), len(log.of(Kind.WORKER_ENDED)))]
    return facts


def _codes(asked: Sequence[Asked]) -> list[tuple[str, Phrase]]:
    """How many of each code there were, the most frequent first."""
    codes = Counter(one.code or "failed" for one in asked if one.ok is False)
    waiting = sum(one.ok is None for one in asked)
    rows = [
        (code, say_many("{count} time", "{count} times", n)) for code, n in codes.most_common()
    ]
    if waiting:
        rows.append(
            ("–", say_many("{count} was not answered", "{count} were not answered", waiting))
        )
    return rows


def _percent(value: float | None) -> Phrase:
    return say("none") if value is None else say("{value:.0f} %", value=value)


def _milliseconds(value: float | None) -> Phrase:
    return say("none") if value is None else figure(value / 1e3, "s")


# ---------------------------------------------------------------------------------- drawing


def _draw(timeline: Timeline, width_in: float) -> Figure:
    """Each asking as a mark: when, and how long its answer took."""
    labels = {
        "made": _("made for it"),
        "cached": _("from the cache"),
        "refused": _("no forecast"),
        "waiting": _("no answer"),
    }
    narrow = width_in < NARROW_IN
    drawing = Figure(figsize=(width_in, 2.9))
    axes: Any = drawing.add_subplot()
    groups: dict[str, list[tuple[float, float]]] = {name: [] for name in labels}
    for one in read_asked(timeline.log):
        groups[_kind(one)].append(_place(one, timeline))
    for name, places in groups.items():
        if places:
            shown = places[:: -(-len(places) // MOST_MARKS)]
            shape, colour = _STYLES[name]
            axes.plot(*zip(*shown, strict=True), shape, color=colour, label=labels[name], ms=4)
    if not any(groups.values()):
        nothing(axes, _("none"))
        return drawing
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, max(timeline.seconds(timeline.ended_ns), 0.1))
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_xlabel(_("seconds since the session began"))
    axes.set_ylabel(_("seconds until the answer"))
    # Above the axes, where no mark lies.
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2 if narrow else 4, fontsize=8)
    local_ticks(axes.xaxis, 4 if narrow else 9)
    local_ticks(axes.yaxis, 5)
    margins(drawing, left=0.62, top=0.5 if narrow else 0.35)
    return drawing


def _kind(one: Asked) -> str:
    if one.ok is None:
        return "waiting"
    if not one.ok:
        return "refused"
    return "cached" if one.cached else "made"


def _place(one: Asked, timeline: Timeline) -> tuple[float, float]:
    at = timeline.seconds(one.at_ns)
    waited = timeline.seconds(timeline.ended_ns) - at if one.seconds is None else one.seconds
    return at, max(waited, 0.0)

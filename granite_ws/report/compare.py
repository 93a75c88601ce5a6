"""Two sides of a comparison as one page: verdicts, settings, metrics, timelines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup

from granite_ws.comparison import BETTER, NOT_ENOUGH, SAME, UNKNOWN, WORSE, Compared, Row
from granite_ws.difference import Difference
from granite_ws.measured import Measured
from granite_ws.phrase import Phrase, join, say, say_many
from granite_ws.report import language
from granite_ws.report.aligned import aligned, draw_aligned
from granite_ws.report.language import translated
from granite_ws.report.many import whole_page
from granite_ws.report.sections import NARROW_IN, WIDE_IN, Section, templates
from granite_ws.report.svg import svg_of
from granite_ws.timeline import Timeline

_ANSWERS: Mapping[str, tuple[Phrase, str]] = {
    BETTER: (say("better"), "better"),
    WORSE: (say("worse"), "worse"),
    SAME: (say("no difference seen"), ""),
    NOT_ENOUGH: (say("not enough data"), "unknown"),
    UNKNOWN: (say("unknown"), "unknown"),
}


@dataclass(frozen=True)
class Side:
    """Where a side comes from, and its timeline where it is one session.

    link: its page or folder, relative to the comparison's page; '' for none.
    """

    name: str
    link: str = ""
    timeline: Timeline | None = None


def render_comparison(compared: Compared, a: Side, b: Side, *, command: str = "") -> str:
    """The whole page: no script, no request, the same bytes for the same input."""
    sections = [_banner(compared, a, b), _verdicts(compared, a, b), _settings(compared)]
    sections.append(_metrics(compared))
    if a.timeline is not None and b.timeline is not None:
        sections.append(_timelines(a.timeline, b.timeline))
    if compared.matched or compared.only_a or compared.only_b:
        sections.append(_cells(compared))
    if command:
        sections.append(
            _drawn("reproduce", say("How can this be made again?"), "command", command)
        )
    return whole_page(language._("Is B better or worse than A?"), sections)


def summary(compared: Compared) -> Phrase:
    """One sentence: in what B is better and worse than A, and what nobody can tell."""
    named = {
        answer: [row.metric for row in compared.rows if row.answer == answer]
        for answer in _ANSWERS
    }
    parts = []
    if named[BETTER]:
        parts.append(say("better in {metrics}", metrics=", ".join(named[BETTER])))
    if named[WORSE]:
        parts.append(say("worse in {metrics}", metrics=", ".join(named[WORSE])))
    if not parts:
        parts.append(say("no difference is shown"))
    if compared.kind == "sessions":
        return say("B against A, between these two sessions: {what}.", what=join("; ", parts))
    return say("B against A: {what}.", what=join("; ", parts))


def answer_words(row: Row) -> Phrase:
    """The answer of a metric for people."""
    return _ANSWERS[row.answer][0]


def shown(value: float | None) -> str:
    """A number of a metric; a dash for one that nobody measured."""
    if value is None:
        return "–"
    return language.number(value, ",.0f" if abs(value) >= 1e4 else ",.4g")


def signed(change: float | None) -> str:
    """A change of a metric, with its sign."""
    if change is None:
        return "–"
    return ("+" if change > 0 else "") + shown(change)


def within(interval: tuple[float, float] | None) -> str:
    """A 95 % interval."""
    return "" if interval is None else f"{shown(interval[0])} … {shown(interval[1])}"


def change_within(found: Difference) -> str:
    """The 95 % interval of the change, where there is one."""
    return "" if found.low is None or found.high is None else within((found.low, found.high))


# ---------------------------------------------------------------------------------- sections


def _drawn(name: str, question: str, macro: str, *values: Any) -> Section:
    module = templates().get_template("compare.html.j2").module
    html = getattr(module, macro)(*values)
    return Section(name, question, Markup('<div class="gws">{}</div>').format(html), question)


def _banner(compared: Compared, a: Side, b: Side) -> Section:
    counts = Counter(row.answer for row in compared.rows)
    worse, better = counts[WORSE], counts[BETTER]
    colour = "open" if not (worse or better) else "dropped" if worse else "held"
    facts = [(_ANSWERS[answer][0], counts[answer]) for answer in _ANSWERS]
    return _drawn("summary", "", "banner", summary(compared), colour, facts, (a, b))


def _verdicts(compared: Compared, a: Side, b: Side) -> Section:
    sides = [
        (letter, side, _story(sessions), _causes(sessions))
        for letter, side, sessions in (("A", a, compared.a), ("B", b, compared.b))
    ]
    return _drawn("verdicts", say("What became of each?"), "verdicts", sides)


def _story(sessions: Sequence[Measured]) -> str:
    if len(sessions) == 1:
        return sessions[0].summary
    outcomes = Counter(one.outcome or "no session" for one in sessions)
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    return say(
        "{sessions}: {told}.",
        sessions=say_many("{count} session", "{count} sessions", len(sessions)),
        told=told,
    )


def _causes(sessions: Sequence[Measured]) -> list[tuple[str, int]]:
    return Counter(cause for one in sessions for cause in one.causes).most_common()


def _settings(compared: Compared) -> Section:
    rows = [
        (name, ", ".join(map(_plain, ours)), ", ".join(map(_plain, theirs)))
        for name, (ours, theirs) in compared.differs.items()
    ]
    return _drawn("settings", say("Which settings differ?"), "settings", rows)


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return str(value).lower() if isinstance(value, bool) else str(value)


_HOW = {
    "sessions": say(
        "Intervals are 95 % bootstrap intervals over the single measurements of one session each. "
        "Measurements within a session are not independent (a slow moment slows what follows), so "
        "neighbours are drawn together; still, they tell these two sessions apart, and only "
        "repeats tell their settings apart."
    ),
    "groups": say(
        "Each session gives one number: intervals are 95 % intervals of the shift from A to B. "
        "For drops it is the share of sessions that lost a connection."
    ),
    "pairs": say(
        "Cells with equal parameters are pairs, a cell's repeats give their median: intervals are "
        "95 % intervals of the change within pairs. For drops it is the share of sessions that "
        "lost a connection."
    ),
}


def _metrics(compared: Compared) -> Section:
    rows = [
        {
            "row": row,
            "told": row.metric == "drops" or row.p_holm is not None,
            "a": shown(row.found.a),
            "b": shown(row.found.b),
            "within_a": within(row.found.within_a),
            "within_b": within(row.found.within_b),
            "change": signed(row.found.change),
            "change_within": change_within(row.found),
            "p": "–" if row.p_holm is None else language.number(row.p_holm, ".2g"),
            "answer": answer_words(row),
            "colour": _ANSWERS[row.answer][1],
        }
        for row in compared.rows
    ]
    holm = say(
        "p is corrected for all tests of this page (Holm). A metric is called better or worse "
        "only where p is at most 0.05 and the interval leaves out zero."
    )
    return _drawn(
        "metrics",
        say("Which numbers differ by more than chance?"),
        "metrics",
        [row for row in rows if row["told"]],
        [row for row in rows if not row["told"]],
        join(" ", (_HOW[compared.kind], holm)),
    )


def _cells(compared: Compared) -> Section:
    groups = [
        (say("In both"), compared.matched),
        (say("Only in A"), compared.only_a),
        (say("Only in B"), compared.only_b),
    ]
    return _drawn("cells", say("Which cells have an equal on the other side?"), "cells", groups)


def _timelines(a: Timeline, b: Timeline) -> Section:
    wide, narrow = (
        # matplotlib escapes the texts that it writes into an SVG.
        Markup(svg_of(partial(draw_aligned, aligned(a), aligned(b), width)))  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    alt = say(
        "Timelines of A ({drops_a} drops) above B ({drops_b} drops) on one axis.",
        drops_a=len(a.drops),
        drops_b=len(b.drops),
    )
    caption = say(
        "Both begin where the processing started; what was before (connecting, loading) is left "
        "of zero. Dashed red: a lost connection."
    )
    question = say("What happened in each, and when?")
    return _drawn("timelines", question, "timelines", wide, narrow, translated(alt), caption)

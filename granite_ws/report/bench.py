"""The page of a benchmark: every claim, what both ways took, and the growth curves."""

from __future__ import annotations

from typing import Any

from granite_ws.benchmark import Duel, Figure, Growth, Report
from granite_ws.phrase import mark, say
from granite_ws.report.language import translated
from granite_ws.report.many import whole_page
from granite_ws.report.section import Section, section
from granite_ws.report.table import table

TITLE = mark("What is fast, and by how much?")
_HOLDS = {None: "–", True: say("reached"), False: say("missed")}


def bench_page(report: Report) -> str:
    """The whole page as text, offline."""
    made = say(
        "{command}, {when}; medians, both ways measured in turn",
        command=report.facts.get("command", "granite-ws bench"),
        when=report.facts.get("made_utc", ""),
    )
    sections = [
        section("made", "", made, "sentence", made),
        table([_duel(duel) for duel in report.duels], name="duels"),
        table([_figure(figure) for figure in report.figures], name="figures"),
        table([_growth(growth) for growth in report.growths], name="growths"),
    ]
    return whole_page(translated(say(TITLE)), _filled(sections))


def _filled(sections: list[Section]) -> list[Section]:
    return [one for one in sections if one.words]


def _duel(duel: Duel) -> dict[str, Any]:
    told, ratio, late = duel.to_dict(), duel.ratio(50), duel.ratio(99)
    return {
        mark("what"): duel.name,
        mark("naive way"): duel.naive_way,
        mark("our way"): duel.our_way,
        mark("naive"): say("{value:,.3g} {unit}", value=told["naive"]["p50"], unit=duel.unit),
        mark("ours"): say("{value:,.3g} {unit}", value=told["ours"]["p50"], unit=duel.unit),
        mark("times"): str(ratio),
        mark("p99, times"): say("{value:.1f}", value=late.value),
        mark("promised"): duel.promise,
        mark("verdict"): _HOLDS[duel.holds],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    told = figure.to_dict()
    return {
        mark("what"): figure.name,
        mark("median"): say("{value:,.3g} {unit}", value=told["p50"], unit=figure.unit),
        mark("p99"): say("{value:,.3g} {unit}", value=told["p99"], unit=figure.unit),
        mark("promised"): figure.promise,
        mark("verdict"): _HOLDS[figure.holds],
    }


def _growth(growth: Growth) -> dict[str, Any]:
    largest = say("{value:,.3g} {unit}", value=growth.costs[-1], unit=growth.unit)
    return {
        mark("what"): growth.name,
        mark("over"): growth.over,
        mark("slope"): say("{value:.2f}", value=growth.slope),
        mark("largest"): say("{value:,.0f}", value=growth.sizes[-1]),
        mark("cost there"): largest,
        mark("promised"): growth.promise,
        mark("verdict"): _HOLDS[growth.holds],
    }

"""The capacity model's answers: storms, servers, bills, and the model over what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from granite_ws.capacity.bill import HOURS_A_MONTH, Bill, Need
from granite_ws.capacity.plan import Plan
from granite_ws.capacity.storm import Storm
from granite_ws.phrase import Phrase, say
from granite_ws.report.language import _, translated
from granite_ws.report.section import NARROW_IN, WIDE_IN, Section, section
from granite_ws.report.svg import BLUE, GREEN, GREY, ORANGE, RED, local_ticks, margins, svg_of
from granite_ws.report.table import table

_COLOURS, _DASHES = (BLUE, ORANGE, GREEN, RED), ("-", (0, (5, 2)), (0, (2, 2)), "-.")
# Curves are drawn until the last client of the fastest nine in ten thousand is back.
_NEARLY_ALL = 0.9999
_FIGURES = {
    "back_0.5_s": say("half are back, s"),
    "back_0.9_s": say("90 % are back, s"),
    "back_0.99_s": say("99 % are back, s"),
    "peak_attempts_per_s": say("attempts in the worst second"),
    "peak_returns_per_s": say("returns in the best second"),
    "failed_attempts": say("failed attempts"),
}
_NEEDS = {Need.QUIET: say("quiet running"), Need.STORM: say("coming back in time")}


def storm_picture(storms: Mapping[str, Storm]) -> Section:
    """Who is connected, and how many try in each second: a line for each storm."""
    alt = say("Connected share and attempts per second over the seconds after the outage began.")
    caption = say("An attempt is one try to connect, whether it succeeds or not.")
    return _picture("storm", lambda width: _draw_storms(storms, width), alt, caption)


def storm_table(storms: Mapping[str, Storm]) -> Section:
    """The same storms in numbers."""
    heads = {"who": say("clients"), "lost": say("lost"), "in_step": say("99 % are in step, s")}
    rows: list[Mapping[str, Any]] = [
        {
            heads["who"]: name,
            heads["lost"]: storm.lost,
            _FIGURES["back_0.5_s"]: _finite(storm.back_after(0.5)),
            _FIGURES["back_0.9_s"]: _finite(storm.back_after(0.9)),
            _FIGURES["back_0.99_s"]: _finite(storm.back_after(0.99)),
            heads["in_step"]: _finite(storm.in_step_after(0.99)),
            _FIGURES["peak_attempts_per_s"]: storm.peak_attempts_per_s,
            _FIGURES["failed_attempts"]: storm.failed,
        }
        for name, storm in storms.items()
    ]
    return table(rows, name="storms")


def servers_picture(lines: Mapping[str, Sequence[tuple[int, float]]], plan: Plan) -> Section:
    """The time to come back over the number of servers, and the time that is allowed."""
    alt = say("Seconds until enough clients are back, over the number of server processes.")
    caption = say(
        "{share:.0%} of the lost clients are back; the dotted line is the time that they have. "
        "Where a line is missing they were not back at all within twice that time.",
        share=plan.back_share,
    )
    return _picture("servers", lambda width: _draw_servers(lines, plan, width), alt, caption)


def bill_picture(bills: Mapping[str, Bill], plan: Plan) -> Section:
    """What 1,000 clients cost in a month, by what it is spent on."""
    alt = say("Cost of 1,000 clients in a month, for each kind of server.")
    caption = say(
        "At {core:g} for a core and {gb:g} for a GB in an hour, in whatever currency: both are "
        "parameters, not anybody's offer.",
        core=plan.price_core_hour,
        gb=plan.price_gb_hour,
    )
    return _picture("bill", lambda width: _draw_bills(bills, plan, width), alt, caption)


def bill_table(bills: Mapping[str, Bill]) -> Section:
    """What each kind of server needs, and what decides its number."""
    heads = {
        "mode": say("server"),
        "quiet": say("servers for quiet running"),
        "storm": say("servers to come back in time"),
        "why": say("decided by"),
        "cores": say("cores for 1,000 clients"),
        "memory": say("GB for 1,000 clients"),
        "money": say("cost of 1,000 clients a month"),
    }
    rows: list[Mapping[str, Any]] = [
        {
            heads["mode"]: mode,
            heads["quiet"]: one.quiet_servers,
            heads["storm"]: say("no number of them") if one.servers is None else one.storm_servers,
            heads["why"]: _NEEDS[one.governed_by],
            heads["cores"]: one.per_thousand(one.cores),
            heads["memory"]: one.per_thousand(one.memory_gb),
            heads["money"]: one.per_thousand(one.money_month),
        }
        for mode, one in bills.items()
    ]
    return table(rows, name="bills")


def measured_picture(record: Mapping[str, Any]) -> Section:
    """How many were back when, really and on paper: a panel for each storm that was measured."""
    alt = say("Share of the clients that is back, over the seconds since the server was killed.")
    caption = say("Thick: measured, each repeat. Thin and dark: simulated for the same repeat.")
    draw = lambda width: draw_measured(record, width)  # noqa: E731 -- one more name says no more
    return _picture("measured", draw, alt, caption)


def measured_table(record: Mapping[str, Any]) -> Section:
    """Each figure measured, simulated, and how far apart they are; medians of the repeats."""
    heads = {
        "mode": say("server"),
        "jitter": say("jitter"),
        "figure": say("figure"),
        "measured": say("measured"),
        "simulated": say("simulated"),
        "error": say("relative error"),
    }
    rows: list[Mapping[str, Any]] = [
        {
            heads["mode"]: storm["async_mode"],
            heads["jitter"]: storm["randomization_factor"] > 0,
            heads["figure"]: words,
            heads["measured"]: round(storm["measured"][name], 2),
            heads["simulated"]: round(storm["simulated"][name], 2),
            heads["error"]: _percent(storm["relative_error"][name]),
        }
        for storm in record["storms"]
        for name, words in _FIGURES.items()
    ]
    return table(rows, name="measured")


def draw_measured(record: Mapping[str, Any], width_in: float) -> Figure:
    """The picture of ``measured_picture``, ready to be written as SVG."""
    storms = record["storms"]
    columns = 1 if width_in < 6 else 2
    lines = math.ceil(len(storms) / columns)
    figure = Figure(figsize=(width_in, 0.6 + 1.9 * lines))
    panels = figure.subplots(lines, columns, squeeze=False)
    end = 1.05 * max(run["back_s"][-1] for storm in storms for run in storm["runs"])
    for axes, storm in zip(panels.flat, storms, strict=False):
        _panel_of_measured(axes, storm)
        axes.set_xlim(0, end)
    for axes in panels.flat[len(storms) :]:
        axes.set_axis_off()
    panels.flat[0].legend(fontsize=7, loc="upper left")
    figure.subplots_adjust(hspace=0.45, wspace=0.18)
    margins(figure, left=0.6, top=0.3, bottom=0.5)
    return figure


def _panel_of_measured(axes: Any, storm: Mapping[str, Any]) -> None:
    jitter = _("with jitter") if storm["randomization_factor"] > 0 else _("without jitter")
    axes.set_title(f"{storm['async_mode']}, {jitter}", fontsize=9, loc="left")
    for number, run in enumerate(storm["runs"]):
        for moments, colour, width, label in (
            (run["back_s"], ORANGE, 2.6, _("measured")),
            (run["simulated"]["back_s"], BLUE, 1.0, _("simulated")),
        ):
            shares = np.arange(1, len(moments) + 1) / run["clients"]
            told = {} if number else {"label": label}
            axes.step(moments, shares, where="post", color=colour, linewidth=width, **told)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(_("seconds since the kill"), fontsize=8)
    local_ticks(axes.xaxis, 6)
    local_ticks(axes.yaxis, 3)


def _draw_storms(storms: Mapping[str, Storm], width_in: float) -> Figure:
    narrow = width_in < 6
    figure = Figure(figsize=(width_in, 5.2 if narrow else 3.1))
    connected, attempts = figure.subplots(2, 1) if narrow else figure.subplots(1, 2)
    end = max((_drawn_until(storm) for storm in storms.values()), default=1.0)
    at = np.linspace(0, end, 600)
    bins = np.arange(0, math.ceil(end) + 1)
    for place, (name, storm) in enumerate(storms.items()):
        look: dict[str, Any] = {"color": _COLOURS[place % 4], "linestyle": _DASHES[place % 4]}
        connected.plot(at, storm.connected_share(at), label=translated(name), **look)
        counts, _edges = np.histogram(storm.attempts_s, bins=bins)
        attempts.stairs(counts, bins, label=translated(name), **look)
    connected.set_title(_("share connected"), fontsize=9, loc="left")
    connected.set_ylim(0, 1.05)
    attempts.set_title(_("attempts in each second"), fontsize=9, loc="left")
    attempts.legend(fontsize=7)
    for axes in (connected, attempts):
        axes.set_xlabel(_("seconds since the outage began"), fontsize=8)
        axes.set_xlim(0, end)
        local_ticks(axes.xaxis, 6)
        local_ticks(axes.yaxis, 4)
    figure.subplots_adjust(wspace=0.22, hspace=0.6)
    margins(figure, left=0.65, top=0.3, bottom=0.5)
    return figure


def _drawn_until(storm: Storm) -> float:
    reached = storm.back_after(_NEARLY_ALL)
    return (reached if math.isfinite(reached) else storm.until_s) * 1.05 or 1.0


def _draw_servers(
    lines: Mapping[str, Sequence[tuple[int, float]]], plan: Plan, width_in: float
) -> Figure:
    figure = Figure(figsize=(width_in, 3.2))
    axes = figure.subplots()
    for place, (name, points) in enumerate(lines.items()):
        counts = [count for count, _seconds in points]
        seconds = [value if math.isfinite(value) else np.nan for _count, value in points]
        look: dict[str, Any] = {"color": _COLOURS[place % 4], "linestyle": _DASHES[place % 4]}
        axes.plot(counts, seconds, marker="o", markersize=4, label=translated(name), **look)
    axes.axhline(plan.back_within_s, color=GREY, linestyle=":")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(_("server processes"))
    axes.set_ylabel(_("seconds until they are back"))
    axes.legend(fontsize=8)
    local_ticks(axes.xaxis, 8, integer=True)
    local_ticks(axes.yaxis, 5)
    margins(figure, left=0.65)
    return figure


def _draw_bills(bills: Mapping[str, Bill], plan: Plan, width_in: float) -> Figure:
    figure = Figure(figsize=(width_in, 0.7 + 0.5 * max(len(bills), 1)))
    axes = figure.subplots()
    parts: tuple[tuple[str, str, Callable[[Bill], float]], ...] = (
        (_("cores"), BLUE, lambda one: (one.cores or 0) * plan.price_core_hour),
        (_("memory"), ORANGE, lambda one: (one.memory_gb or 0) * plan.price_gb_hour),
    )
    names = list(bills)
    left = np.zeros(len(names))
    for label, colour, hourly in parts:
        money = [(one.per_thousand(hourly(one)) or 0) * HOURS_A_MONTH for one in bills.values()]
        axes.barh(names, money, left=left, color=colour, label=label, height=0.55)
        left = left + np.array(money)
    axes.invert_yaxis()
    axes.set_xlabel(_("for 1,000 clients in a month"))
    axes.legend(fontsize=8, loc="lower right")
    local_ticks(axes.xaxis, 6)
    margins(figure, left=0.9)
    return figure


def _picture(name: str, draw: Callable[[float], Figure], alt: Phrase, caption: Phrase) -> Section:
    wide, narrow = (
        # matplotlib escapes the texts that it writes into an SVG.
        Markup(svg_of(lambda width=width: draw(width)))  # type: ignore[misc]  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    return section(name, "", alt, "picture", wide, narrow, translated(alt), caption)


def _finite(seconds: float) -> float | Phrase:
    return round(seconds, 1) if math.isfinite(seconds) else say("never")


def _percent(error: float | None) -> Phrase | None:
    return None if error is None else say("{error:+.0%}", error=round(error, 2) + 0.0)

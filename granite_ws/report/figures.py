"""The pictures of a session, drawn by matplotlib and returned as SVG text.

Each takes the width in inches, so that a page can hold one for desks and one for phones, and
gives the same bytes for the same timeline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.dates
import matplotlib.lines
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from granite_ws.report.lanes import add_lanes
from granite_ws.report.language import _
from granite_ws.report.svg import (
    BLUE,
    GREEN,
    GRID,
    INK,
    NARROW_IN,
    ORANGE,
    PURPLE,
    RED,
    local_ticks,
    margins,
    nothing,
    svg_of,
    widest_in,
)
from granite_ws.series import microseconds
from granite_ws.timeline import Timeline

Draw = Callable[[Timeline, float], Figure]

# More points than this are a thin line without marks, and lie behind the forecasts.
_MARKED_POINTS = 150
# The same in every language, and no locale decides: year, month, day, hour, ..., second.
_TICKS = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S.%f"]
_OFFSETS = ["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M"]


def to_svg(draw: Draw, timeline: Timeline, width_in: float) -> str:
    """A drawing of a session, as ``svg_of``."""
    return svg_of(lambda: draw(timeline, width_in))


def draw_timeline(timeline: Timeline, width_in: float) -> Figure:
    """Both sides on one clock: connections, PINGs, predictions, emits, stalls, drops."""
    narrow = width_in < NARROW_IN
    figure = Figure(figsize=(width_in, 4.6 if narrow else 4.2))
    axes: Any = figure.add_subplot()
    span = _shown_span(timeline)
    labels = add_lanes(axes, timeline, width_in=width_in)
    if narrow:
        for height, label in enumerate(labels):
            axes.text(span[0], height + 0.3, label, fontsize=8, va="bottom", ha="left")
    axes.set_yticks([] if narrow else range(len(labels)))
    if not narrow:
        axes.set_yticklabels(labels)
    for group in _near(_drop_times(timeline), 0.06 * span[1]):
        # Up to the word, not through it; what would lie on each other is one line.
        lines = sorted({round(at / span[1], 3) * span[1] for at in group})
        axes.vlines(lines, -0.6, len(labels) - 0.55, color=RED, linewidth=1.2, linestyles="dashed")
        words = _("drop") if len(group) == 1 else _("{count} drops", count=len(group))
        middle = sum(group) / len(group)
        axes.text(middle, len(labels) - 0.45, words, color=RED, ha="center", fontweight="bold")
    axes.set_ylim(-0.6, len(labels) - 0.1)
    axes.set_xlim(*span)
    axes.set_xlabel(_("seconds since the session began"))
    local_ticks(axes.xaxis, 4 if narrow else 9)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    margins(figure, left=0.1 if narrow else widest_in(labels) + 0.1)
    return figure


def _drop_times(timeline: Timeline) -> list[float]:
    return sorted(timeline.seconds(drop.lost_ns or timeline.ended_ns) for drop in timeline.drops)


def _near(times: list[float], reach: float) -> list[list[float]]:
    """Times in groups whose neighbours are closer than ``reach``: they share one label."""
    groups: list[list[float]] = []
    for at in times:
        if groups and at - groups[-1][-1] < reach:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _shown_span(timeline: Timeline) -> tuple[float, float]:
    whole = timeline.seconds(timeline.ended_ns)
    return -0.01 * whole, max(whole * 1.01, 0.1)


def draw_forecasts(timeline: Timeline, width_in: float) -> Figure:
    """Forecast against actual: the fed points, and some forecasts where each was made."""
    figure = Figure(figsize=(width_in, 3.2))
    axes: Any = figure.add_subplot()
    points = [emit for emit in timeline.emits if emit.timestamp and emit.value is not None]
    if not points:
        nothing(axes, _("no point was fed"))
        return figure
    made = [p for p in timeline.predictions if p.values and p.origin]
    stamps = microseconds(pd.Timestamp(point.timestamp) for point in points)
    step = _step(stamps, made)
    for prediction in _spread(made, 3):
        origin = pd.Timestamp(prediction.origin).as_unit("us")
        ahead = [origin + step * k for k in range(1, len(prediction.values) + 1)]
        axes.plot(ahead, prediction.values, color=ORANGE, linewidth=1.2, zorder=2.5)
        axes.plot(ahead[:1], prediction.values[:1], "o", color=ORANGE, markersize=3.5, zorder=2.5)
    few = len(points) <= _MARKED_POINTS
    mark, line = (".", {"linewidth": 1.6, "zorder": 3}) if few else ("", {"linewidth": 0.9})
    axes.plot(stamps, [p.value for p in points], color=BLUE, marker=mark, **line)
    handles = [
        mpl.lines.Line2D([], [], color=BLUE, marker=mark, label=_("actual")),
        mpl.lines.Line2D([], [], color=ORANGE, marker="o", label=_("forecast")),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=2)
    axes.margins(y=0.18)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_xlabel(_("time of the series"))
    local_ticks(axes.yaxis, 6)
    _date_ticks(axes, narrow=width_in < NARROW_IN)
    margins(figure, left=0.62)
    return figure


def _date_ticks(axes: Any, *, narrow: bool) -> None:
    # Few ticks from the coarsest unit that has two (three) of them: with other pairs of numbers
    # the locator finds no interval for some spans, and warns.
    few, many = (2, 5) if narrow else (3, 9)
    locator = mpl.dates.AutoDateLocator(minticks=few, maxticks=many)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        mpl.dates.ConciseDateFormatter(
            locator, formats=_TICKS, zero_formats=["", *_TICKS[:-1]], offset_formats=_OFFSETS
        )
    )


def draw_distributions(timeline: Timeline, width_in: float) -> Figure:
    """How long predictions, deliveries and PINGs took, and how large the messages were."""
    narrow = width_in < NARROW_IN
    figure = Figure(figsize=(width_in, 4.8 if narrow else 2.7))
    grid = figure.subplots(2, 2) if narrow else figure.subplots(1, 4)
    trips = [ping.round_trip_s for ping in timeline.pings if ping.round_trip_s is not None]
    times = [p.seconds for p in timeline.predictions if p.seconds is not None]
    latencies = [latency for emit in timeline.emits for latency in emit.latencies_s]
    panels: tuple[tuple[str, Sequence[float], str], ...] = (
        (_("prediction, ms"), [1e3 * value for value in times], BLUE),
        (_("delivery, ms"), [1e3 * value for value in latencies], GREEN),
        (_("PING to PONG, ms"), [1e3 * value for value in trips], PURPLE),
        (_("message, KB"), [emit.bytes / 1e3 for emit in timeline.emits], ORANGE),
    )
    for axes, (title, values, colour) in zip(grid.flat, panels, strict=True):
        _histogram(axes, title, values, colour)
    figure.subplots_adjust(wspace=0.32, hspace=0.55)
    margins(figure, left=0.48, top=0.3, bottom=0.5)
    return figure


def _histogram(axes: Any, title: str, values: Sequence[float], colour: str) -> None:
    axes.set_title(title, fontsize=9, loc="left")
    if not values:
        nothing(axes, _("none"))
        return
    counts, edges = np.histogram(values, bins=min(30, max(6, int(np.sqrt(len(values)) * 2))))
    axes.stairs(counts, edges, fill=True, color=colour)
    axes.set_ylim(0, max(counts) * 1.05)
    p50, p99 = np.percentile(values, [50, 99])
    axes.axvline(p50, color=INK, linewidth=1)
    axes.axvline(p99, color=INK, linewidth=1, linestyle=":")
    numbers = {"p50": float(p50), "p99": float(p99), "count": len(values)}
    axes.set_xlabel(_("p50 {p50:.3g} · p99 {p99:.3g} · n {count:,}", **numbers), fontsize=8)
    local_ticks(axes.xaxis, 3)
    local_ticks(axes.yaxis, 3, integer=True)


def _step(stamps: pd.DatetimeIndex, made: Sequence[Any]) -> pd.Timedelta:
    if len(stamps) > 1:
        return pd.Series(stamps).diff().median()
    return pd.Timestamp(stamps[0]) - pd.Timestamp(made[0].origin) if made else pd.Timedelta("1s")


def _spread(items: Sequence[Any], count: int) -> list[Any]:
    """First, middle and last: enough to see, few enough to read."""
    if len(items) <= count:
        return list(items)
    places = np.linspace(0, len(items) - 1, count).round().astype(int)
    return [items[place] for place in places]

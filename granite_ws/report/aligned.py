"""Two timelines, one above the other, on one axis that begins where the processing started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from matplotlib.figure import Figure

from granite_ws.events import Kind
from granite_ws.phrase import say
from granite_ws.report.lanes import add_lanes
from granite_ws.report.language import translated
from granite_ws.report.svg import NARROW_IN, RED, local_ticks, margins, widest_in
from granite_ws.timeline import Timeline

# What tells that the processing has started, the best witness first.
_STARTS = (Kind.PROCESSING_STARTED, Kind.FORECAST_BEGUN, Kind.EMIT_BEGUN)


def aligned(timeline: Timeline) -> Timeline:
    """The same timeline, its zero where the processing started, as far as that was seen."""
    starts = (event.at_ns for kind in _STARTS for event in timeline.log.of(kind)[:1])
    return replace(timeline, begun_ns=next(starts, timeline.begun_ns))


def draw_aligned(a: Timeline, b: Timeline, width_in: float) -> Figure:
    """Both timelines, A above B, on one axis of seconds since each one's own zero."""
    narrow = width_in < NARROW_IN
    figure = Figure(figsize=(width_in, 9.0 if narrow else 7.6))
    upper: Any
    lower: Any
    upper, lower = figure.subplots(2, 1, sharex=True)
    ends = max(timeline.seconds(timeline.ended_ns) for timeline in (a, b))
    span = (-0.06 * ends, max(ends * 1.01, 0.1))
    labels: list[str] = []
    for axes, letter, timeline in ((upper, "A", a), (lower, "B", b)):
        labels = add_lanes(axes, timeline, width_in=width_in)
        for drop in timeline.drops:
            at = timeline.seconds(drop.lost_ns or timeline.ended_ns)
            axes.axvline(at, color=RED, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.set_title(letter, loc="left", fontweight="bold", fontsize=11)
        axes.set_yticks([] if narrow else range(len(labels)), [] if narrow else labels)
        for height, label in enumerate(labels if narrow else ()):
            axes.text(span[0], height + 0.3, label, fontsize=8, va="bottom", ha="left")
        axes.set_ylim(-0.6, len(labels) - 0.1)
        axes.tick_params(axis="both", length=0)
        axes.spines["left"].set_visible(False)
    lower.set_xlim(*span)
    lower.set_xlabel(translated(say("seconds since the processing started")))
    local_ticks(lower.xaxis, 4 if narrow else 9)
    margins(figure, left=0.1 if narrow else widest_in(labels) + 0.1, top=0.35)
    return figure

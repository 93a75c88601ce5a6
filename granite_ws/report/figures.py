"""The pictures of a session, drawn by matplotlib and returned as SVG text.

Each takes the width in inches, so that a page can hold one for desks and one for phones, and
gives the same bytes for the same timeline.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.dates
import matplotlib.lines
import matplotlib.ticker
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from granite_ws.events import Event, Kind
from granite_ws.series import microseconds
from granite_ws.timeline import SECOND, Timeline

Draw = Callable[[Timeline, float], Figure]
Paint = Callable[[Any, float], Any]  # (axes, height of the lane)

# Okabe & Ito's palette: told apart by colour-blind readers, and on white and grey.
INK, BLUE, ORANGE, GREEN, RED, PURPLE = (
    "#333840",
    "#0072b2",
    "#d98200",
    "#009e73",
    "#c8321e",
    "#8d5a97",
)
GRID, SKY = "#d9dde3", "#a9c9de"
STYLE = {
    "svg.hashsalt": "granite_ws",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
NARROW_IN = 6.0
MANY = 1_500  # marks beyond this many are drawn as pixels: an SVG of 100,000 paths opens slowly


def to_svg(draw: Draw, timeline: Timeline, width_in: float) -> str:
    """A drawing of a session, as ``svg_of``."""
    return svg_of(lambda: draw(timeline, width_in))


def svg_of(draw: Callable[[], Figure]) -> str:
    """The drawing as an ``<svg>`` element without an XML header, scaled by its view box."""
    with mpl.rc_context(STYLE):
        figure = draw()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight", dpi=110)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def draw_timeline(timeline: Timeline, width_in: float) -> Figure:
    """Both sides on one clock: connections, PINGs, predictions, emits, stalls, drops."""
    narrow = width_in < NARROW_IN
    figure = Figure(figsize=(width_in, 4.2 if not narrow else 4.6))
    axes: Any = figure.add_subplot()
    lanes = _lanes(timeline)
    for height, (label, paint) in enumerate(reversed(lanes)):
        paint(axes, height)
        axes.axhline(height, color=GRID, linewidth=0.6, zorder=0)
        if narrow:
            axes.text(0, height + 0.3, label, fontsize=8, va="bottom", ha="left")
    axes.set_yticks([] if narrow else range(len(lanes)))
    if not narrow:
        axes.set_yticklabels([label for label, _ in reversed(lanes)])
    for group in _near(_drop_times(timeline), 0.06 * (_shown_span(timeline)[1])):
        for at in group:
            axes.axvline(at, color=RED, linewidth=1.2, linestyle=(0, (4, 2)))
        words = "drop" if len(group) == 1 else f"{len(group)} drops"
        middle = sum(group) / len(group)
        axes.text(middle, len(lanes) - 0.45, words, color=RED, ha="center", fontweight="bold")
    axes.set_ylim(-0.6, len(lanes) - 0.2)
    axes.set_xlim(*_shown_span(timeline))
    axes.set_xlabel("seconds since the session began")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
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


def draw_forecasts(timeline: Timeline, width_in: float) -> Figure:
    """Forecast against actual: the fed points, and some forecasts where each was made."""
    figure = Figure(figsize=(width_in, 3.2))
    axes: Any = figure.add_subplot()
    points = [emit for emit in timeline.emits if emit.timestamp and emit.value is not None]
    if not points:
        _nothing(axes, "no point was fed")
        return figure
    made = [p for p in timeline.predictions if p.values and p.origin]
    stamps = microseconds(pd.Timestamp(point.timestamp) for point in points)
    step = _step(stamps, made)
    for prediction in _spread(made, 3):
        origin = pd.Timestamp(prediction.origin).as_unit("us")
        ahead = [origin + step * k for k in range(1, len(prediction.values) + 1)]
        axes.plot(ahead, prediction.values, color=ORANGE, linewidth=1.2, alpha=0.85)
        axes.plot(ahead[:1], prediction.values[:1], "o", color=ORANGE, markersize=3.5)
    axes.plot(stamps, [p.value for p in points], color=BLUE, linewidth=1.6, marker=".", zorder=3)
    handles = [
        mpl.lines.Line2D([], [], color=BLUE, marker=".", label="actual"),
        mpl.lines.Line2D([], [], color=ORANGE, marker="o", label="forecast"),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=2)
    axes.margins(y=0.18)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_xlabel("time of the series")
    figure.autofmt_xdate(rotation=0, ha="center")
    # Few ticks from the coarsest unit that has two (three) of them: with other pairs of numbers
    # the locator finds no interval for some spans, and warns.
    few, many = (2, 6) if width_in < NARROW_IN else (3, 9)
    locator = mpl.dates.AutoDateLocator(minticks=few, maxticks=many)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mpl.dates.ConciseDateFormatter(locator))
    return figure


def draw_distributions(timeline: Timeline, width_in: float) -> Figure:
    """How long predictions, deliveries and PINGs took, and how large the messages were."""
    narrow = width_in < NARROW_IN
    figure = Figure(figsize=(width_in, 4.8 if narrow else 2.9), layout="constrained")
    grid = figure.subplots(2, 2) if narrow else figure.subplots(1, 4)
    trips = [ping.round_trip_s for ping in timeline.pings if ping.round_trip_s is not None]
    times = [p.seconds for p in timeline.predictions if p.seconds is not None]
    latencies = [latency for emit in timeline.emits for latency in emit.latencies_s]
    panels: tuple[tuple[str, Sequence[float], str], ...] = (
        ("prediction, ms", [1e3 * value for value in times], BLUE),
        ("delivery, ms", [1e3 * value for value in latencies], GREEN),
        ("PING to PONG, ms", [1e3 * value for value in trips], PURPLE),
        ("message, KB", [emit.bytes / 1e3 for emit in timeline.emits], ORANGE),
    )
    for axes, (title, values, colour) in zip(grid.flat, panels, strict=True):
        _histogram(axes, title, values, colour)
    return figure


# ------------------------------------------------------------------------------------- lanes


def _lanes(timeline: Timeline) -> list[tuple[str, Paint]]:
    def marks(shape: str, colour: str, times_ns: Sequence[int | None]) -> Paint:
        return _marks(timeline, shape, colour, times_ns)

    def bars(colour: str, spans: Sequence[tuple[int, int | None]]) -> Paint:
        return _bars(timeline, colour, spans)

    pings, emits = timeline.pings, timeline.emits
    connections = [(c.connected_ns, c.ended_ns) for c in timeline.connections]
    received = [at_ns for emit in emits for at_ns in emit.received_ns.values()]
    predictions = [(p.begun_ns, p.ended_ns) for p in timeline.predictions]
    stalls = [(s.began_ns, s.began_ns + int(s.seconds * SECOND)) for s in timeline.stalls]
    return [
        ("client: connected", bars(SKY, connections)),
        ("client: PING in", marks("v", PURPLE, [ping.received_ns for ping in pings])),
        ("client: data in", marks("|", GREEN, received)),
        ("server: emit", marks("|", GREEN, [emit.begun_ns for emit in emits])),
        ("server: prediction", bars(BLUE, predictions)),
        ("server: PING out", marks("v", PURPLE, [ping.queued_ns for ping in pings])),
        ("server: PONG in", marks("^", PURPLE, [ping.pong_received_ns for ping in pings])),
        ("server: stall", bars(RED, stalls)),
        ("server: loading", bars(INK, _loading(timeline))),
    ]


def _marks(timeline: Timeline, shape: str, colour: str, times_ns: Sequence[int | None]) -> Paint:
    times = [timeline.seconds(at_ns) for at_ns in times_ns if at_ns is not None]
    pixels = len(times) > MANY
    return lambda axes, y: axes.plot(
        times, [y] * len(times), shape, color=colour, markersize=6, rasterized=pixels
    )


def _bars(timeline: Timeline, colour: str, spans: Sequence[tuple[int, int | None]]) -> Paint:
    """A span that was not seen to end lasts to the end of the recording."""
    # A millisecond on a minute's axis would be invisible: no bar is thinner than 0.3 %.
    least = (timeline.ended_ns - timeline.begun_ns) / SECOND * 0.003
    shown = [
        (timeline.seconds(begun), max(((ended or timeline.ended_ns) - begun) / SECOND, least))
        for begun, ended in spans
    ]
    pixels = len(shown) > MANY
    return lambda axes, y: axes.broken_barh(
        shown, (y - 0.22, 0.44), color=colour, linewidth=0, rasterized=pixels
    )


def _loading(timeline: Timeline) -> list[tuple[int, int | None]]:
    begun: Event | None = next(iter(timeline.log.of(Kind.LISTENING)), None)
    ready: Event | None = next(iter(timeline.log.of(Kind.MODEL_READY)), None)
    if begun is None:
        return []
    return [(begun.at_ns, ready.at_ns if ready else None)]


def _shown_span(timeline: Timeline) -> tuple[float, float]:
    whole = timeline.seconds(timeline.ended_ns)
    return -0.01 * whole, max(whole * 1.01, 0.1)


# ------------------------------------------------------------------------------------ pieces


def _histogram(axes: Any, title: str, values: Sequence[float], colour: str) -> None:
    axes.set_title(title, fontsize=9, loc="left")
    if not values:
        _nothing(axes, "none")
        return
    axes.hist(values, bins=min(30, max(6, int(np.sqrt(len(values)) * 2))), color=colour)
    p50, p99 = np.percentile(values, [50, 99])
    axes.axvline(p50, color=INK, linewidth=1)
    axes.axvline(p99, color=INK, linewidth=1, linestyle=":")
    axes.set_xlabel(f"p50 {p50:.3g}   p99 {p99:.3g}   n {len(values)}", fontsize=8)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(3))
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(3, integer=True))


def _nothing(axes: Any, words: str) -> None:
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color="#69707d")
    axes.set_xticks([])
    axes.set_yticks([])


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

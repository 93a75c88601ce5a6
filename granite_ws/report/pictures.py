"""Pictures over many sessions: the exam's confusion matrix, the drop law over what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from granite_ws.droplaw import Point
from granite_ws.heartbeat import Heartbeat, drop_probability, tolerance
from granite_ws.report.language import _
from granite_ws.report.svg import BLUE, GREEN, ORANGE, PAPER, local_ticks, margins, svg_of

_COLOURS = {"python": BLUE, "python-async": GREEN, "node": ORANGE}
# Kinds that share a law lie on each other: the dashes and the shapes let both be seen.
_DASHES: Mapping[str, Any] = {"python": (0, (4, 2)), "python-async": (0, (1, 2)), "node": "-"}
_MARKERS = {"python": "s", "python-async": "^", "node": "o"}
_MARKER_SIZES = {"python": 4.5, "python-async": 3.5, "node": 8}


def draw_confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    """An SVG: a row for each fault that was injected, a column for each answer that was given.

    The right answers lie on the diagonal; a shade is the share of the row, a number the count.
    """
    return svg_of(lambda: _confusion(confusion), tight=True)


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> Figure:
    truths = list(confusion)
    others = sorted({a for answers in confusion.values() for a in answers} - set(truths))
    answers = [*truths, *others]
    rows = [[confusion[t].get(a, 0) for a in answers] for t in truths]
    counts = np.array(rows, dtype=float).reshape(len(truths), len(answers))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(4 + 0.26 * len(answers), 3 + 0.24 * len(truths)))
    axes = figure.subplots()
    if not truths:
        axes.set_title(_("nothing was injected"))
        return figure
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in zip(*np.nonzero(counts), strict=True):
        axes.text(
            column,
            row,
            f"{counts[row, column]:.0f}",
            ha="center",
            va="center",
            color="white" if shares[row, column] > 0.5 else "black",
            fontsize=7,
        )
    axes.set_xticks(range(len(answers)), answers, rotation=90, fontsize=7)
    axes.set_yticks(range(len(truths)), truths, fontsize=7)
    axes.set_xlabel(_("diagnosed"))
    axes.set_ylabel(_("injected"))
    return figure


def draw_law(
    points: Sequence[Point],
    ping_interval_s: float,
    ping_timeout_s: float,
    *,
    kinds: Iterable[str] = (),
    width_in: float = 7.0,
) -> str:
    """An SVG: share of dropped connections over the length of the stall, for each client kind
    that has points or is named in ``kinds``; the law as a line, what was observed as circles.
    """
    shown = sorted({*kinds, *(point.kind for point in points)})
    heartbeat = Heartbeat(ping_interval_s, ping_timeout_s)
    return svg_of(lambda: _law(points, heartbeat, shown, width_in))


def _law(
    points: Sequence[Point], heartbeat: Heartbeat, kinds: Sequence[str], width_in: float
) -> Figure:
    fatal = max((tolerance(kind, heartbeat)[1] for kind in kinds), default=1.0)
    stalls = np.linspace(0, 1.2 * max([fatal, *(point.stall_s for point in points)]), 400)
    figure = Figure(figsize=(width_in, 3.6))
    axes = figure.subplots()
    for kind in kinds:
        chances = [drop_probability(kind, heartbeat, float(stall)) for stall in stalls]
        axes.plot(
            stalls,
            chances,
            color=_COLOURS[kind],
            linestyle=_DASHES[kind],
            label=_("{kind}, predicted", kind=kind),
        )
        _add_observed(axes, [point for point in points if point.kind == kind])
    axes.set_xlabel(_("the server stood still, seconds"))
    axes.set_ylabel(_("share of connections dropped"))
    axes.set_title(
        _(
            "ping interval {interval_s:g} s, ping timeout {timeout_s:g} s",
            interval_s=heartbeat.ping_interval_s,
            timeout_s=heartbeat.ping_timeout_s,
        )
    )
    if kinds:
        axes.legend(loc="upper left", fontsize=8)
    local_ticks(axes.xaxis, 8)
    local_ticks(axes.yaxis, 5)
    margins(figure, left=0.6, top=0.35)
    return figure


def _add_observed(axes: Any, points: Sequence[Point]) -> None:
    if not points:
        return
    kind = points[0].kind
    axes.plot(
        [point.stall_s for point in points],
        [point.observed for point in points],
        _MARKERS[kind],
        color=_COLOURS[kind],
        markerfacecolor=PAPER,
        markersize=_MARKER_SIZES[kind],
        label=_("{kind}, observed", kind=kind),
    )

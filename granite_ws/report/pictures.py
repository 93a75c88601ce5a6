"""Pictures over many sessions: the exam's confusion matrix, the drop law over what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from granite_ws.droplaw import Point
from granite_ws.heartbeat import Heartbeat, drop_probability
from granite_ws.report.figures import svg_of

_COLOURS = {"python": "#1f5fa8", "python-async": "#1b7f4b", "node": "#b3540b"}


def draw_confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    """An SVG: a row for each fault that was injected, a column for each answer that was given.

    The right answers lie on the diagonal; a shade is the share of the row, a number the count.
    """
    return svg_of(lambda: _confusion(confusion))


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> Figure:
    truths = list(confusion)
    others = sorted({a for answers in confusion.values() for a in answers} - set(truths))
    answers = [*truths, *others]
    counts = np.array([[confusion[t].get(a, 0) for a in answers] for t in truths], dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(4 + 0.26 * len(answers), 3 + 0.24 * len(truths)))
    axes = figure.subplots()
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
    axes.set_xlabel("diagnosed")
    axes.set_ylabel("injected")
    return figure


def draw_law(points: Sequence[Point], ping_interval_s: float, ping_timeout_s: float) -> str:
    """An SVG: share of dropped connections over the length of the stall, for each client kind."""
    return svg_of(lambda: _law(points, Heartbeat(ping_interval_s, ping_timeout_s)))


def _law(points: Sequence[Point], heartbeat: Heartbeat) -> Figure:
    borne = heartbeat.ping_interval_s + heartbeat.ping_timeout_s
    stalls = np.linspace(0, 1.25 * max([borne, *(point.stall_s for point in points)]), 400)
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    for kind in sorted({point.kind for point in points}):
        colour = _COLOURS[kind]
        chances = [drop_probability(kind, heartbeat, float(stall)) for stall in stalls]
        axes.plot(stalls, chances, color=colour, label=f"{kind}: predicted")
        own = [point for point in points if point.kind == kind]
        axes.plot(
            [point.stall_s for point in own],
            [point.observed for point in own],
            "o",
            color=colour,
            mfc="white",
            label=f"{kind}: observed",
        )
    axes.set_xlabel("the server stood still, seconds")
    axes.set_ylabel("share of connections dropped")
    axes.set_title(
        f"ping interval {heartbeat.ping_interval_s:g} s, "
        f"ping timeout {heartbeat.ping_timeout_s:g} s"
    )
    axes.legend(frameon=False, fontsize=8)
    return figure

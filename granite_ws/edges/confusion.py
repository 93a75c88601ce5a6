"""The exam's confusion matrix as a picture."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np


def draw_confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    """An SVG: a row for each fault that was injected, a column for each answer that was given.

    The right answers lie on the diagonal; a shade is the share of the row, a number the count.
    """
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib.figure import Figure

    truths = list(confusion)
    others = sorted({a for answers in confusion.values() for a in answers} - set(truths))
    answers = [*truths, *others]
    counts = np.array([[confusion[t].get(a, 0) for a in answers] for t in truths], dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with mpl.rc_context({"svg.hashsalt": "granite_ws", "svg.fonttype": "none"}):
        figure = Figure(figsize=(4 + 0.26 * len(answers), 3 + 0.24 * len(truths)))
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for row, column in zip(*np.nonzero(counts), strict=True):
            shade = "white" if shares[row, column] > 0.5 else "black"
            axes.text(
                column,
                row,
                f"{counts[row, column]:.0f}",
                ha="center",
                va="center",
                color=shade,
                fontsize=7,
            )
        axes.set_xticks(range(len(answers)), answers, rotation=90, fontsize=7)
        axes.set_yticks(range(len(truths)), truths, fontsize=7)
        axes.set_xlabel("diagnosed")
        axes.set_ylabel("injected")
        figure.tight_layout()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()

"""Drawings as SVG text: one palette, in colours that a page may change; no layout is done twice.

matplotlib's own layout engines draw everything a second time to measure it. What stands around the
axes is known here, so it is given in inches.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.ticker
from matplotlib.figure import Figure

from granite_ws.report.language import number

# Okabe & Ito's palette: told apart by colour-blind readers, and on white and grey.
INK, BLUE, ORANGE, GREEN, RED, PURPLE = (
    "#333840",
    "#0072b2",
    "#d98200",
    "#009e73",
    "#c8321e",
    "#8d5a97",
)
GRID, SKY, GREY = "#d9dde3", "#a9c9de", "#69707d"
# What lies behind a drawing, and what fills a hollow mark: one is clear on a page, one is not.
CANVAS, PAPER = "#ffffff", "#fffffe"
NARROW_IN = 6.0
_NAMES = {
    INK: "ink",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    RED: "red",
    PURPLE: "purple",
    GRID: "grid",
    SKY: "sky",
    GREY: "grey",
    CANVAS: "canvas",
    PAPER: "paper",
}
_STYLE = {
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
# The width of a letter of 9 points, on the safe side.
_LETTER_IN = 0.073


def svg_of(draw: Callable[[], Figure], *, tight: bool = False) -> str:
    """The drawing as an ``<svg>`` element without an XML header, scaled by its view box.

    tight: measure what was drawn and cut around it, for drawings that do not know their margins.

    Each colour of the palette is a CSS variable with that colour as its fallback
    (``--gws-blue``), so that the same drawing can stand on paper and in the dark.
    """
    with mpl.rc_context(_STYLE):
        figure = draw()
        buffer = io.StringIO()
        box = "tight" if tight else None
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches=box)
    text = buffer.getvalue()
    return _own_ids(_themed(text[text.index("<svg") :]))


def as_file(svg: str) -> str:
    """The same drawing in its own colours: what draws files often knows no CSS variables."""
    return re.sub(r"var\(--gws-\w+, (#[0-9a-f]{6})\)", r"\1", svg)


def margins(
    figure: Figure, *, left: float, right: float = 0.1, top: float = 0.1, bottom: float = 0.45
) -> None:
    """Where the axes are: what is left free around them, in inches."""
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=left / width,
        right=1 - right / width,
        top=1 - top / height,
        bottom=bottom / height,
    )


def widest_in(labels: Sequence[str]) -> float:
    """Inches that the longest of these labels takes, on the safe side."""
    return max(map(len, labels), default=0) * _LETTER_IN


def local_ticks(axis: Any, count: int, *, integer: bool = False) -> None:
    """A few round numbers at an axis, written as the language spoken now writes them."""
    axis.set_major_locator(mpl.ticker.MaxNLocator(count, integer=integer))
    axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: number(value, ",.12g")))


def nothing(axes: Any, words: str) -> None:
    """Axes that say why there is nothing in them."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set_xticks([])
    axes.set_yticks([])


def _themed(svg: str) -> str:
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    return re.sub(
        r"#[0-9a-f]{6}\b",
        lambda found: (
            f"var(--gws-{_NAMES[found[0]]}, {found[0]})" if found[0] in _NAMES else found[0]
        ),
        svg,
    )


def _own_ids(svg: str) -> str:
    """Only ids that are referred to, and not another drawing's: a hidden one clips nothing."""
    used = set(re.findall(r'(?:xlink:href="#|url\(#)([\w.-]+)', svg))
    prefix = f"g{hashlib.sha256(svg.encode()).hexdigest()[:8]}"
    short = {name: f"{prefix}-{place}" for place, name in enumerate(sorted(used))}
    svg = re.sub(
        r' id="([\w.-]+)"',
        lambda found: f' id="{short[found[1]]}"' if found[1] in used else "",
        svg,
    )
    return re.sub(
        r'(xlink:href="#|url\(#)([\w.-]+)', lambda found: found[1] + short[found[2]], svg
    )

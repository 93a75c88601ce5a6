"""The alternatives as one picture and one table: who is lost, how long an answer takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.patches
from markupsafe import Markup
from matplotlib.figure import Figure

from granite_ws.alternatives import Entry, recommend
from granite_ws.phrase import Phrase, join, mark, say
from granite_ws.report import language
from granite_ws.report.language import translated
from granite_ws.report.section import NARROW_IN, WIDE_IN, Section, section
from granite_ws.report.svg import INK, svg_of
from granite_ws.report.table import table

# Tiles keep their colours in the dark: red for a loss, blue for none, stronger with the delay.
_LOST, _BRIGHT, _DARK = "#b3261e", "#fefefe", "#010101"
_SLOWEST_MS, _FASTEST_MS = 30_000.0, 10.0


def alternatives_picture(found: Sequence[Entry]) -> Section:
    """A tile for each alternative and load: lost connections, else the 99th percentile."""
    wide, narrow = (
        # matplotlib escapes the texts that it writes into an SVG.
        Markup(svg_of(lambda width=width: _draw(found, width)))  # type: ignore[misc]  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    caption = say(
        "Each tile: the time within which 99 % of the answers came, or how many connections were "
        "lost (red). Where a cache answered, the model that would have crashed never ran."
    )
    alt = join(" ", (say("{load}: {what}.", load=k, what=v) for k, v in recommend(found).items()))
    return section(
        "alternatives",
        say("Which alternative bears which load?"),
        alt,
        "picture",
        wide,
        narrow,
        translated(alt),
        caption,
    )


def alternatives_table(found: Sequence[Entry]) -> Section:
    """Every figure of every alternative."""
    return table([_row(entry) for entry in found], name="alternatives-table")


def recommendations(found: Sequence[Entry]) -> Section:
    """A line for each load."""
    return table(
        [{mark("load"): load, mark("choose"): words} for load, words in recommend(found).items()],
        name="recommendations",
    )


def _row(entry: Entry) -> dict[str, Any]:
    kept = {
        mark("lost Python"): "drops_python",
        mark("lost JS"): "drops_node",
        mark("answered, %"): "answered_percent",
        mark("p50, ms"): "asked_p50_ms",
        mark("p99, ms"): "asked_p99_ms",
        mark("PING late p99, ms"): "ping_gap_p99_ms",
        mark("CPU, %"): "all_cpu_percent",
        mark("memory, MB"): "all_memory_max_mb",
    }
    figures = {name: _whole(entry.metrics[metric]) for name, metric in kept.items()}
    return {mark("load"): entry.load, mark("alternative"): entry.alternative, **figures}


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


# ---------------------------------------------------------------------------------- drawing


def _draw(found: Sequence[Entry], width_in: float) -> Figure:
    names = list(dict.fromkeys(entry.alternative for entry in found))
    loads = list(dict.fromkeys(entry.load for entry in found))
    figure = Figure(figsize=(width_in, 0.5 * len(names) + 0.8), layout="constrained")
    axes: Any = figure.subplots()
    axes.set_xlim(-0.5, max(len(loads), 1) - 0.5)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    size = 9.0 if width_in >= WIDE_IN else 6.5
    for entry in found:
        _add_tile(axes, entry, loads.index(entry.load), names.index(entry.alternative), size)
    axes.set_xticks(range(len(loads)), loads, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


def _add_tile(axes: Any, entry: Entry, column: int, row: int, size: float) -> None:
    lost = bool(entry.drops)
    late = entry.metrics["asked_p99_ms"]
    shade = _shade(late)
    colour = _LOST if lost else mpl.colormaps["Blues"](0.12 + 0.7 * shade)
    corner = (column - 0.48, row - 0.45)
    known = entry.drops is not None
    tile = mpl.patches.Rectangle(
        corner, 0.96, 0.9, facecolor=colour if known else "none", edgecolor=INK, lw=0
    )
    axes.add_patch(tile)
    bright = lost or shade > 0.6
    ink = INK if not known else _BRIGHT if bright else _DARK
    words = translated(_tile_words(entry, late))
    axes.text(column, row, words, ha="center", va="center", fontsize=size, color=ink)


def _tile_words(entry: Entry, late_ms: float | None) -> Phrase:
    if entry.drops is None:
        return say("unknown")
    if entry.drops:
        return say("{count} lost", count=language.number(entry.drops, ".0f"))
    if late_ms is None:
        return say("no answer")
    if not entry.happened:
        return say("no crash came")
    return say("{seconds} s", seconds=language.number(late_ms / 1e3, ".3g"))


def _shade(late_ms: float | None) -> float:
    """0 for the fastest, 1 for the slowest, by the logarithm."""
    if not late_ms:
        return 0.0
    span = math.log(_SLOWEST_MS / _FASTEST_MS)
    return min(max(math.log(late_ms / _FASTEST_MS) / span, 0.0), 1.0)

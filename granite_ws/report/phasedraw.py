"""The picture of a phase map: tiles in one hue, and the drop law's lines over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.colors
import matplotlib.lines
import matplotlib.patches
import numpy as np
from matplotlib.figure import Figure

from granite_ws.phrase import say, say_many
from granite_ws.report import language
from granite_ws.report.language import translated
from granite_ws.report.phasegrid import DROPS, STALL, Grid, Law, Tile
from granite_ws.report.svg import BLUE, INK

_HATCH = "////"
# One hue, from pale to strong: the order survives grey print and every kind of colour-blindness.
_COLOURS = {True: "OrRd", False: "Blues"}
# Tiles keep their colours in the dark, and so does what is written on them.
_BRIGHT, _DARK = "#fefefe", "#010101"
# Beyond this many tiles in a row the words in them would run into each other.
_NARROW_TILES = 5


def draw_map(shown: Grid, law: Law | None, width_in: float) -> Figure:
    """The map at this width; tiles without a number are hatched, never zero."""
    narrow = width_in < 6
    height = min(max(0.62 * len(shown.ys) + 1.7, 2.6), 9.0)
    figure = Figure(figsize=(width_in, height + (0.4 if narrow else 0)), layout="constrained")
    axes: Any = figure.subplots()
    axes.set_xlim(-0.5, max(len(shown.xs), 1) - 0.5)
    axes.set_ylim(-0.5, max(len(shown.ys), 1) - 0.5)
    if not shown.tiles:
        axes.text(
            0.5, 0.5, translated(say("nothing to show")), transform=axes.transAxes, ha="center"
        )
        axes.set_axis_off()
        return figure
    small = narrow and len(shown.xs) > _NARROW_TILES
    _add_tiles(axes, shown, size=6.0 if small else 8.5)
    _add_ticks(axes, shown, narrow=narrow)
    handles = _add_law(axes, shown, law)
    if any((x, y) not in shown.tiles for x in shown.xs for y in shown.ys):
        patch = mpl.patches.Patch(facecolor="none", edgecolor=INK, hatch=_HATCH)
        patch.set_label(translated(say("not run")))
        handles.append(patch)
    if handles:
        figure.legend(
            handles=handles, loc="outside lower left", ncols=1 if narrow else 4, fontsize=8
        )
    return figure


def tile_words(tile: Tile | None, metric: str) -> tuple[str, str]:
    """The number and how many sessions it was made from, as the tile and the table say it."""
    if tile is None:
        return translated(say("not run")), "0"
    if tile.value is None:
        none = say_many(
            "no number from {count} cell", "no number from {count} cells", tile.planned
        )
        return translated(none), "0"
    number = (
        language.number(100 * tile.value, ".0f") + " %"
        if metric == DROPS
        else language.number(tile.value, ",.4g" if tile.value < 1e4 else ",.0f")
    )
    return number, str(tile.measured)


def _add_tiles(axes: Any, shown: Grid, *, size: float) -> None:
    colour = _colour_of(shown)
    for column, x in enumerate(shown.xs):
        for row, y in enumerate(shown.ys):
            tile = shown.tiles.get((x, y))
            corner = (column - 0.48, row - 0.46)
            if tile is None or tile.value is None:
                axes.add_patch(
                    mpl.patches.Rectangle(
                        corner, 0.96, 0.92, facecolor="none", edgecolor=INK, hatch=_HATCH, lw=0.4
                    )
                )
            else:
                axes.add_patch(
                    mpl.patches.Rectangle(corner, 0.96, 0.92, facecolor=colour(tile.value), lw=0)
                )
            if tile is not None:
                _write(axes, (column, row), tile, shown.metric, colour=colour, size=size)


def _write(
    axes: Any,
    place: tuple[int, int],
    tile: Tile,
    metric: str,
    *,
    colour: Callable[[float], Any],
    size: float,
) -> None:
    if tile.value is None:
        words, ink, back = translated(say("unknown")), _DARK, _BRIGHT
    else:
        number, count = tile_words(tile, metric)
        red, green, blue, _ = colour(tile.value)
        light = 0.3 * red + 0.59 * green + 0.11 * blue > 0.55
        words, ink, back = f"{number}\nn {count}", _DARK if light else _BRIGHT, colour(tile.value)
    axes.text(
        *place,
        words,
        ha="center",
        va="center",
        color=ink,
        fontsize=size,
        bbox={"facecolor": back, "edgecolor": "none", "pad": 1.5},
        zorder=5,
    )


def _colour_of(shown: Grid) -> Callable[[float], Any]:
    known = [tile.value for tile in shown.tiles.values() if tile.value is not None]
    is_share = shown.metric == DROPS
    low, high = (0.0, 1.0) if is_share else (min(known, default=0.0), max(known, default=1.0))
    scale = mpl.colors.Normalize(low, high if high > low else low + 1)
    ramp = mpl.colormaps[_COLOURS[is_share]]
    # From the palest tint that is not paper to the strongest that still bears white words.
    return lambda value: ramp(0.06 + 0.78 * float(scale(value)))


def _add_ticks(axes: Any, shown: Grid, *, narrow: bool) -> None:
    long = max(len(str(x)) for x in shown.xs) * len(shown.xs) > (28 if narrow else 90)
    axes.set_xticks(range(len(shown.xs)), [_tick(x) for x in shown.xs], rotation=90 if long else 0)
    axes.set_yticks(range(len(shown.ys)), [_tick(y) for y in shown.ys])
    axes.set_xlabel(_axis(shown.x))
    axes.set_ylabel(_axis(shown.y))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _tick(value: Any) -> str:
    if isinstance(value, float):
        return language.number(value, "g")
    return str(value) or "–"


def _axis(name: str) -> str:
    if name == STALL:
        return translated(say("{name} (stood still, s)", name=name))
    return name


# --------------------------------------------------------------------------------------- law


def _add_law(axes: Any, shown: Grid, law: Law | None) -> list[Any]:
    """Harmless below the dashed line, fatal above the solid one; dotted: the moment is known."""
    if law is None:
        return []
    stall_is_y = shown.y == STALL
    others, stalls = (shown.xs, shown.ys) if stall_is_y else (shown.ys, shown.xs)
    across = np.linspace(-0.5, len(others) - 0.5, 241)
    lines: dict[str, Any] = {"--": [], "-": [], ":": []}
    for place in across:
        other = max(_value_at(float(place), others), 0.1)
        low, high = law.lengths(other)
        for dash, stall in zip(lines, (low, high, law.exact(other)), strict=True):
            lines[dash].append(np.nan if stall is None else _place_of(stall, stalls))
    words = {
        "--": say("below: drops nobody"),
        "-": say("above: drops at any moment"),
        ":": say("above: drops at this moment"),
    }
    handles = []
    for dash, places in lines.items():
        if np.isnan(places).all():
            continue
        line = (across, places) if stall_is_y else (places, across)
        # A pale edge, so that the line is seen on pale and on strong tiles.
        axes.plot(*line, color=_BRIGHT, linewidth=4, zorder=3)
        axes.plot(
            *line, color=BLUE if dash != ":" else _DARK, linestyle=dash, linewidth=1.8, zorder=4
        )
        handle = mpl.lines.Line2D([], [], color=BLUE if dash != ":" else INK, linestyle=dash)
        handle.set_label(translated(words[dash]))
        handles.append(handle)
    return handles


def _value_at(place: float, values: Sequence[float]) -> float:
    """The value at a place of an axis whose values lie at 0, 1, 2, ...; straight between them and
    beyond the ends.
    """
    if len(values) == 1:
        return float(values[0])
    left = min(max(int(np.floor(place)), 0), len(values) - 2)
    return float(values[left] + (place - left) * (values[left + 1] - values[left]))


def _place_of(value: float, values: Sequence[float]) -> float:
    """The inverse."""
    if len(values) == 1:
        return 0.0 if value == values[0] else float(np.sign(value - values[0]))
    places = np.searchsorted(np.asarray(values, dtype=float), value) - 1
    left = min(max(int(places), 0), len(values) - 2)
    return float(left + (value - values[left]) / (values[left + 1] - values[left]))

"""What each pair of context and horizon cost, and how good it was: a table and a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from granite_ws.phrase import Phrase, say
from granite_ws.report.language import _, translated
from granite_ws.report.section import NARROW_IN, WIDE_IN, Section, section
from granite_ws.report.svg import BLUE, GREEN, ORANGE, local_ticks, margins, nothing, svg_of
from granite_ws.report.table import table

_COLOURS, _MARKS = (BLUE, ORANGE, GREEN), ("o", "s", "^")


@dataclass(frozen=True)
class Pair:
    """One pair as it was really forecast.

    engine, model: who made the forecasts, and ``why`` it was not Granite, where it was not.
    model_reads, model_gives: the model's own pair; None for smoothing, which has none.
    seconds: median of the forecasts, without the first one.
    bytes:   of one forecast on the wire, the largest.
    mase:    mean over ``windows`` windows whose true values are known, None where none are.
    """

    context: int
    horizon: int
    engine: str
    model: str
    model_reads: int | None
    model_gives: int | None
    seconds: float
    bytes: int
    windows: int
    mase: float | None
    why: str = ""


def pairs_table(pairs: Sequence[Pair]) -> Section:
    """A row for each pair."""
    heads = {
        "context": say("context"),
        "horizon": say("horizon"),
        "engine": say("engine"),
        "own": say("the model's own pair"),
        "time": say("forecast, ms"),
        "size": say("message, KB"),
        "mase": say("MASE"),
        "windows": say("windows with true values"),
        "why": say("why not Granite"),
    }
    rows: list[Mapping[str, Any]] = [
        {
            heads["context"]: pair.context,
            heads["horizon"]: pair.horizon,
            heads["engine"]: pair.engine,
            heads["own"]: _own(pair),
            heads["time"]: round(pair.seconds * 1e3, 1),
            heads["size"]: round(pair.bytes / 1e3, 1),
            heads["mase"]: pair.mase,
            heads["windows"]: pair.windows,
            heads["why"]: pair.why,
        }
        for pair in pairs
    ]
    return table(rows, name="pairs")


def _own(pair: Pair) -> Phrase | None:
    if pair.model_reads is None:
        return None
    return say("{reads} to {gives}", reads=pair.model_reads, gives=pair.model_gives)


def pairs_picture(pairs: Sequence[Pair]) -> Section:
    """Time, size and error over the horizon, a line for each context."""
    wide, narrow = (
        # matplotlib escapes the texts that it writes into an SVG.
        Markup(svg_of(lambda width=width: _draw(pairs, width)))  # type: ignore[misc]  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    alt = say("Forecast time, message size and error over the horizon, for each context.")
    caption = say(
        "A hollow mark is exponential smoothing, a filled one a Granite network. MASE: mean "
        "absolute error over that of repeating the last season; below 1 is better than that."
    )
    return section("pairs", "", alt, "picture", wide, narrow, translated(alt), caption)


def _draw(pairs: Sequence[Pair], width_in: float) -> Figure:
    narrow = width_in < 6
    figure = Figure(figsize=(width_in, 6.4 if narrow else 2.9))
    panels = figure.subplots(3, 1) if narrow else figure.subplots(1, 3)
    what: tuple[tuple[str, Callable[[Pair], float | None]], ...] = (
        (_("forecast, ms"), lambda pair: pair.seconds * 1e3),
        (_("message, KB"), lambda pair: pair.bytes / 1e3),
        (_("MASE"), lambda pair: pair.mase),
    )
    for axes, (title, value) in zip(panels.flat, what, strict=True):
        axes.set_title(title, fontsize=9, loc="left")
        _panel(axes, [(pair, found) for pair in pairs if (found := value(pair)) is not None])
    figure.subplots_adjust(wspace=0.28, hspace=0.75)
    margins(figure, left=0.45, top=0.3, bottom=0.5)
    return figure


def _panel(axes: Any, points: Sequence[tuple[Pair, float]]) -> None:
    if not points:
        nothing(axes, _("none"))
        return
    contexts = sorted({pair.context for pair, _value in points})
    for place, context in enumerate(contexts):
        mine = sorted(
            (p.horizon, v, p.model_reads is None) for p, v in points if p.context == context
        )
        colour, mark = _COLOURS[place % 3], _MARKS[place % 3]
        label = _("context {points}", points=context)
        axes.plot([h for h, _v, _s in mine], [v for _h, v, _s in mine], color=colour, label=label)
        for horizon, height, smoothed in mine:
            face = "none" if smoothed else colour
            axes.plot(horizon, height, mark, color=colour, markerfacecolor=face)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(_("horizon, steps"), fontsize=8)
    axes.legend(fontsize=7)
    local_ticks(axes.xaxis, 5, integer=True)
    local_ticks(axes.yaxis, 4)

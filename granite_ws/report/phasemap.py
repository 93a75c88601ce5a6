"""The phase map: what became of the sessions over two settings, under the law's own lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from granite_ws.matrix.record import CellRecord
from granite_ws.metrics import BY_NAME
from granite_ws.phrase import Phrase, join, say, say_many
from granite_ws.report.language import translated
from granite_ws.report.phasedraw import draw_map, tile_words
from granite_ws.report.phasegrid import DROPS, Grid, Law, grid, law_of
from granite_ws.report.sections import NARROW_IN, WIDE_IN, Section, templates
from granite_ws.report.svg import svg_of


def phase_map(
    records: Sequence[CellRecord],
    x: str,
    y: str,
    metric: str = DROPS,
    *,
    defaults: Mapping[str, Any] | None = None,
    name: str = "phase-map",
) -> Section:
    """A tile for each pair of values of the parameters ``x`` and ``y``.

    metric:   ``drops`` shows the share of sessions that lost a connection; any other name of
              ``metrics.METRICS`` its median. Raises KeyError for one that is none.
    defaults: the notebook's own parameters, for what no cell names.

    Over a stall's length and a heartbeat's setting the drop law is drawn, where all that it needs
    is known. Pairs that nobody ran are hatched, as are those that gave no number.
    """
    shown = grid(records, x, y, metric)
    law = law_of(shown, records, defaults or {})
    wide, narrow = (
        # matplotlib escapes the texts that it writes into an SVG.
        Markup(svg_of(lambda width=width: draw_map(shown, law, width)))  # type: ignore[misc]  # noqa: S704
        for width in (WIDE_IN, NARROW_IN)
    )
    alt = _alt(shown)
    drawn = templates().get_template("phasemap.html.j2").module
    html = drawn.phase_map(  # type: ignore[attr-defined]
        wide, narrow, translated(alt), _caption(shown, law), shown, _row_words(shown)
    )
    return Section(
        name, _question(shown), Markup('<div class="gws">{}</div>').format(html), str(alt)
    )


# ------------------------------------------------------------------------------------- words


def _question(shown: Grid) -> Phrase:
    return say("What do {x} and {y} decide?", x=shown.x, y=shown.y)


def _what(metric: str) -> Phrase:
    if metric == DROPS:
        return say("share of sessions that lost a connection")
    return say("{metric}, median of the sessions", metric=metric)


def _alt(shown: Grid) -> Phrase:
    pairs = len(shown.xs) * len(shown.ys)
    if shown.metric != DROPS:
        BY_NAME[shown.metric]  # an unknown metric is a slip, not an empty map
    known = [tile for tile in shown.tiles.values() if tile.value is not None]
    return say(
        "Map of {what} over {x} and {y}: {known} of {pairs} pairs have a number; {some}.",
        what=_what(shown.metric),
        x=shown.x,
        y=shown.y,
        known=len(known),
        pairs=pairs,
        some=say_many(
            "drops were seen in {count} of them",
            "drops were seen in {count} of them",
            sum(tile.dropped > 0 for tile in known),
        ),
    )


def _caption(shown: Grid, law: Law | None) -> Phrase:
    told = [
        say(
            "Each tile is the {what}, with the number of sessions that it was made from; hatched "
            "tiles have none. The axes show the values that were tried, in equal steps.",
            what=_what(shown.metric),
        )
    ]
    if law is not None:
        told.append(
            say(
                "The lines are the drop law for the client {kinds}, not fitted: a stall below the "
                "dashed line drops nobody, one above the solid line somebody; between them the "
                "moment at which it begins decides.",
                kinds=", ".join(law.kinds),
            )
        )
        if law.phase_s is not None:
            told.append(
                say(
                    "Here it began {phase} s after a PING: the dotted line is the verdict for "
                    "that moment. A Python client that heard from the feed since then bears up to "
                    "as much more.",
                    phase=law.phase_s,
                )
            )
    return join(" ", told)


def _row_words(shown: Grid) -> list[tuple[Any, Any, str, str]]:
    """The map as a table: x, y, the number, and how many sessions it is made from."""
    return [
        (x, y, *tile_words(shown.tiles.get((x, y)), shown.metric))
        for y in shown.ys
        for x in shown.xs
    ]

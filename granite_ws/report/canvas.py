"""A small drawing by hand, as SVG text: made in a millisecond, for what follows a slider."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from granite_ws.phrase import say
from granite_ws.report.language import translated


class Canvas:
    """Shapes at seconds from the left and heights from the top, in the page's own colours.

    What a method calls x is seconds, what it calls y is pixels of the drawing.
    """

    def __init__(self, width: float, height: float, *, span: float, left: float) -> None:
        self._size, self._left = (width, height), left
        self._span, self._scale = span, (width - left - 24) / span
        self._parts: list[Markup] = []

    def x(self, seconds: float) -> float:
        """Pixels from the left."""
        return round(self._left + seconds * self._scale, 1)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False
    ) -> None:
        """A line, dashed or not."""
        dash = Markup(' stroke-dasharray="5 4"') if dashed else ""
        self._add(
            '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="1.5"{}/>',
            self.x(x1), y1, self.x(x2), y2, _colour(colour), dash,
        )  # fmt: skip

    def box(self, x1: float, y1: float, x2: float, y2: float, colour: str) -> None:
        """A filled box."""
        self._add(
            '<rect x="{}" y="{}" width="{}" height="{}" rx="3" fill="{}"/>',
            self.x(x1), y1, round(max(self.x(x2) - self.x(x1), 1.0), 1), y2 - y1, _colour(colour),
        )  # fmt: skip

    def dot(self, x: float, y: float, colour: str) -> None:
        """A filled dot."""
        self._add('<circle cx="{}" cy="{}" r="5" fill="{}"/>', self.x(x), y, _colour(colour))

    def cross(self, x: float, y: float) -> None:
        """A red cross."""
        middle = self.x(x)
        self._add(
            '<path d="M{} {}l12 12m0 -12l-12 12" stroke="{}" stroke-width="3" fill="none"/>',
            middle - 6, y - 6, _colour("red"),
        )  # fmt: skip

    def path(self, xs: Sequence[float], ys: Sequence[float], colour: str) -> None:
        """A line through many points."""
        points = " ".join(f"{self.x(x)},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        self._add(
            '<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>',
            points, _colour(colour),
        )  # fmt: skip

    def round_at(self, seconds: float, server: float, client: float) -> None:
        """A PING and its PONG."""
        self.line(seconds, server, seconds, client, "purple")
        self.dot(seconds, server, "purple")
        self.dot(seconds, client, "purple")
        self.text(seconds, client + 20, say("PING"), "purple")

    def text(self, x: float, y: float, words: str, colour: str) -> None:
        """Words centred at this second, and kept inside the drawing."""
        # Kept inside: half a word's width from either edge.
        half = 3.4 * len(words)
        place = min(max(self.x(x), half + 2), self._size[0] - half - 2)
        self.text_at(place, y, words, colour=colour)

    def text_at(
        self, place: float, y: float, words: str, *, anchor: str = "middle", colour: str = "ink"
    ) -> None:
        """Words at a pixel."""
        self._add(
            '<text x="{}" y="{}" text-anchor="{}" fill="{}">{}</text>',
            round(place, 1), y, anchor, _colour(colour), translated(words),
        )  # fmt: skip

    def ticks(self, y: float) -> None:
        """Round seconds below the drawing."""
        step = _round_step(self._span)
        count = int(self._span / step)
        for number in range(count + 1):
            self.text(number * step, y + 12, say("{seconds:g} s", seconds=number * step), "ink")

    def svg(self, alt: str) -> Markup:
        """The drawing, with words for who cannot see it."""
        return Markup(
            '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" font-size="12" '
            'font-family="sans-serif">{}</svg>'
        ).format(*self._size, translated(alt), Markup("").join(self._parts))

    def _add(self, shape: str, *values: object) -> None:
        self._parts.append(Markup(shape).format(*values))  # noqa: S704


def _colour(name: str) -> str:
    return f"var(--gws-{name}, currentColor)"


def _round_step(span: float) -> float:
    """A round step that gives four to ten ticks."""
    step = 0.1
    for factor in (2, 2.5, 2) * 5:
        if span / step <= 10:
            break
        step *= factor
    return step

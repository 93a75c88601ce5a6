"""The lanes of a session's timeline: who did what when, from the client down to the server.

A lane whose marks or bars would lie on each other is drawn as a skyline: the higher, the more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from granite_ws.events import Event, Kind
from granite_ws.report.language import _
from granite_ws.report.svg import BLUE, GREEN, GRID, INK, PURPLE, RED, SKY
from granite_ws.timeline import SECOND, Timeline

# (axes, height of the lane)
_Paint = Callable[[Any, float], Any]
# An inch of a page is about 100 pixels: 25 marks are told apart in it, 20 steps seen.
_MARKS_PER_IN, _STEPS_PER_IN = 25, 20
_HALF, _LEAST = 0.24, 0.04


def add_lanes(axes: Any, timeline: Timeline, *, width_in: float) -> list[str]:
    """Draws every lane, the last at height 0; gives their labels from height 0 upwards."""
    lanes = list(reversed(_Lanes(timeline, width_in).all()))
    for height, (_label, paint) in enumerate(lanes):
        axes.axhline(height, color=GRID, linewidth=0.6, zorder=0)
        paint(axes, height)
    return [label for label, _paint in lanes]


class _Lanes:
    def __init__(self, timeline: Timeline, width_in: float) -> None:
        self._timeline = timeline
        self._most = int(_MARKS_PER_IN * width_in)
        self._edges = np.linspace(
            0, timeline.seconds(timeline.ended_ns) or 0.1, int(_STEPS_PER_IN * width_in) + 1
        )

    def all(self) -> list[tuple[str, _Paint]]:
        timeline = self._timeline
        pings, emits = timeline.pings, timeline.emits
        connections = [(c.connected_ns, c.ended_ns) for c in timeline.connections]
        received = [at_ns for emit in emits for at_ns in emit.received_ns.values()]
        predictions = [(p.begun_ns, p.ended_ns) for p in timeline.predictions]
        stalls = [(s.began_ns, s.began_ns + int(s.seconds * SECOND)) for s in timeline.stalls]
        return [
            (_("client: connected"), self._bars(SKY, connections)),
            (_("client: PING in"), self._marks("v", PURPLE, [p.received_ns for p in pings])),
            (_("client: data in"), self._marks("", GREEN, received)),
            (_("server: emit"), self._marks("", GREEN, [emit.begun_ns for emit in emits])),
            (_("server: prediction"), self._bars(BLUE, predictions)),
            (_("server: PING out"), self._marks("v", PURPLE, [p.queued_ns for p in pings])),
            (_("server: PONG in"), self._marks("^", PURPLE, [p.pong_received_ns for p in pings])),
            (_("server: stall"), self._bars(RED, stalls)),
            (_("server: loading"), self._bars(INK, _loading(timeline))),
        ]

    def _marks(self, shape: str, colour: str, times_ns: Sequence[int | None]) -> _Paint:
        """Marks of this shape, strokes without one."""
        times = [self._timeline.seconds(at_ns) for at_ns in times_ns if at_ns is not None]
        if len(times) > self._most:
            counts, _edges = np.histogram(times, bins=self._edges)
            return self._skyline(colour, counts)
        if shape:
            return lambda axes, y: axes.plot(
                times, [y] * len(times), shape, color=colour, markersize=6
            )
        return lambda axes, y: axes.plot(
            np.repeat(times, 3),
            np.tile([y - _HALF, y + _HALF, np.nan], len(times)),
            color=colour,
            linewidth=1,
        )

    def _bars(self, colour: str, spans: Sequence[tuple[int, int | None]]) -> _Paint:
        """A span that was not seen to end lasts to the end of the recording."""
        timeline = self._timeline
        # A millisecond on a minute's axis would be invisible: no bar is thinner than 0.3 %.
        least = (timeline.ended_ns - timeline.begun_ns) / SECOND * 0.003
        shown = [
            (timeline.seconds(begun), ((ended or timeline.ended_ns) - begun) / SECOND)
            for begun, ended in spans
        ]
        if len(shown) > self._most:
            return self._skyline(colour, self._covered(shown))
        wide = [(begun, max(length, least)) for begun, length in shown]
        return lambda axes, y: axes.broken_barh(
            wide, (y - _HALF, 2 * _HALF), color=colour, linewidth=0
        )

    def _covered(self, spans: Sequence[tuple[float, float]]) -> np.ndarray:
        """Seconds of each step that spans cover: the time covered until an edge, differenced."""
        begun = np.array([begin for begin, _length in spans])
        length = np.array([length for _begin, length in spans])
        until = [float(np.clip(edge - begun, 0, length).sum()) for edge in self._edges]
        return np.diff(until)

    def _skyline(self, colour: str, amounts: np.ndarray) -> _Paint:
        heights = np.where(
            amounts > 0, np.maximum(2 * _HALF * amounts / max(amounts.max(), 1e-9), _LEAST), 0
        )
        return lambda axes, y: axes.stairs(
            y - _HALF + heights, self._edges, baseline=y - _HALF, fill=True, color=colour
        )


def _loading(timeline: Timeline) -> list[tuple[int, int | None]]:
    begun: Event | None = next(iter(timeline.log.of(Kind.LISTENING)), None)
    ready: Event | None = next(iter(timeline.log.of(Kind.MODEL_READY)), None)
    if begun is None:
        return []
    return [(begun.at_ns, ready.at_ns if ready else None)]

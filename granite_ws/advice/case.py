"""One cause with its drops, and the words and numbers that every piece of advice shares."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from granite_ws.diagnosis.finding import Finding
from granite_ws.events import Event, Kind
from granite_ws.exposure import advertised, deadliest, exposures
from granite_ws.heartbeat import Exposure, Heartbeat
from granite_ws.phrase import join
from granite_ws.timeline import Connection, Timeline

# Added to what was measured: the next stall is not the last one, and a beat of 50 ms reads a
# stall up to 50 ms short. A share, stated in every sentence that uses it.
MARGIN = 0.2

Value = bool | int | float | str


@dataclass(frozen=True)
class Advice:
    """One change.

    code, cause: of the finding that it answers.
    sentence:    the change and the measurement that it follows from.
    setting:     its name, None for a change of code or of something outside.
    value:       what to set it to, None without a setting.
    curve:       (ping_timeout in seconds, drops that would remain), of ``out_of`` drops.
    caution:     what the change costs, empty where nothing.
    verified:    what a re-run with it showed, empty until there was one.
    """

    code: str
    cause: str
    sentence: str
    setting: str | None = None
    value: Value | None = None
    curve: tuple[tuple[float, int], ...] = ()
    out_of: int = 0
    caution: str = ""
    verified: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "curve": [list(point) for point in self.curve]}


@dataclass(frozen=True)
class Case:
    """One cause and the drops that it explains."""

    finding: Finding
    drops: tuple[Connection, ...]
    timeline: Timeline

    def advice(self, sentence: str, **rest: Any) -> Advice:
        """Advice on this cause."""
        return Advice(self.finding.code, self.finding.cause, sentence, **rest)

    def remedy(self, why: str = "") -> Advice:
        """What the finding itself says; no setting."""
        return self.advice(join(" ", (why, self.finding.remedy)))

    @property
    def heartbeat(self) -> Heartbeat | None:
        """What the first of these clients was told; None where nobody wrote it down."""
        return advertised(self.timeline, self.drops[0])

    def worst(self) -> list[Exposure]:
        """The deadliest stall of the server that each drop met; fewer where some met none."""
        met = exposures(self.timeline)
        return [one for drop in self.drops if (one := deadliest(met[drop.sid])) is not None]

    def events(self, *kinds: Kind) -> list[Event]:
        """What was seen of these connections."""
        sids = {drop.sid for drop in self.drops}
        return [event for event in self.timeline.log.of(*kinds) if event.sid in sids]


Rule = Callable[[Case], tuple[Advice, ...]]


def as_typed(value: float) -> str:
    """A setting's number as a person types it: with a point, whatever language the page speaks."""
    return f"{value:g}"


def round_up(seconds: float) -> float:
    """The next tenth of a second below 10 s, the next whole second from there on."""
    grain = 10 if seconds < 10 else 1
    # A product such as 0.1 * 3 is a hair above the number that is meant.
    return math.ceil(round(seconds * grain, 6)) / grain

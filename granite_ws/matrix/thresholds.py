"""Thresholds in k6's manner: ``drops == 0``, ``stall_p99_ms < 500``; judged, never guessed."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.matrix.cell import shown
from granite_ws.matrix.record import CellRecord, Status
from granite_ws.metrics import BY_NAME
from granite_ws.phrase import Phrase, join, say, say_many

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RULE = re.compile(rf"\s*(\w+)\s*(==|!=|<=|>=|<|>)\s*({_NUMBER})\s*")
_NAMED = 5


class Truth(StrEnum):
    """What is known of a threshold. A missing measurement is unknown, never fine."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Threshold:
    """``metric operator bound``, for the cells whose parameters are as ``where`` says."""

    metric: str
    sign: str
    bound: float
    where: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """As it is written in a sweep file."""
        words = f"{self.metric} {self.sign} {self.bound:g}"
        chosen = ", ".join(f"{name}={shown(value)}" for name, value in self.where.items())
        return f"{words} ({chosen})" if chosen else words

    def is_for(self, parameters: Mapping[str, Any]) -> bool:
        """Whether it is judged on a cell with these parameters."""
        return all(parameters.get(name) == value for name, value in self.where.items())

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps it."""
        return OPERATORS[self.sign](value, self.bound)


@dataclass(frozen=True)
class Judged:
    """A threshold with what is known of it, in one sentence."""

    threshold: Threshold
    truth: Truth
    sentence: Phrase


def parse_threshold(text: str, where: Mapping[str, Any] | None = None, *, at: str) -> Threshold:
    """A threshold from its text. Raises SettingsError; ``at`` names the place in it."""
    found = _RULE.fullmatch(text)
    if found is None:
        signs = " ".join(OPERATORS)
        raise SettingsError(
            "thresholds",
            text,
            allowed=f"must be METRIC SIGN NUMBER, as in drops == 0; signs: {signs}",
            where=at,
        )
    metric, sign, bound = found.groups()
    if not math.isfinite(float(bound)):
        raise SettingsError("thresholds", text, allowed="must have a finite number", where=at)
    if metric not in BY_NAME:
        near = difflib.get_close_matches(metric, BY_NAME, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SettingsError(
            "thresholds",
            text,
            allowed=f"no such metric; {hint}choices: {', '.join(BY_NAME)}",
            where=at,
        )
    return Threshold(metric, sign, float(bound), where or {})


def judge(
    thresholds: Iterable[Threshold], records: Iterable[CellRecord], *, missing: int = 0
) -> tuple[Judged, ...]:
    """Each threshold over the cells that it is for.

    missing: cells that have no record yet; what is not known to hold everywhere is unknown.
    """
    kept = tuple(records)
    return tuple(_judged(threshold, kept, missing) for threshold in thresholds)


def _judged(threshold: Threshold, records: tuple[CellRecord, ...], missing: int) -> Judged:
    mine = [record for record in records if threshold.is_for(record.parameters)]
    values = [(record, record.metrics.get(threshold.metric)) for record in mine]
    broken = [(r, v) for r, v in values if v is not None and not threshold.holds(v)]
    unmeasured = [r for r, v in values if v is None or r.status is not Status.DONE]
    name = str(threshold)
    if broken:
        cells = join("; ", [_cell(record, value) for record, value in broken[:_NAMED]])
        sentence = say(
            "{threshold}: broken by {count} of {total} cells: {cells}",
            threshold=name,
            count=len(broken),
            total=len(mine),
            cells=cells,
        )
        return Judged(threshold, Truth.BROKEN, sentence)
    if not mine or unmeasured or missing:
        sentence = say(
            "{threshold}: unknown, {count} of {total} cells tell",
            threshold=name,
            count=len(mine) - len(unmeasured),
            total=len(mine) + missing,
        )
        return Judged(threshold, Truth.UNKNOWN, sentence)
    sentence = say_many(
        "{threshold}: holds in {count} cell",
        "{threshold}: holds in {count} cells",
        len(mine),
        threshold=name,
    )
    return Judged(threshold, Truth.HOLDS, sentence)


def _cell(record: CellRecord, value: float) -> Phrase:
    return say("{label} has {value:g}", label=record.label, value=value)

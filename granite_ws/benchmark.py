"""A claim of speed: the naive way and ours, measured in turn, and how sure their ratio is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_DRAWS, _SEED = 2_000, 20_261_125


@dataclass(frozen=True)
class Ratio:
    """How many times as much the naive way takes; ``low`` and ``high`` are its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Three digits: ``14.7 (14.5 to 15.0)``."""
        return f"{_digits(self.value)} ({_digits(self.low)} to {_digits(self.high)})"


@dataclass(frozen=True)
class Duel:
    """Two ways to do the same, each measured equally often, in turn.

    naive, ours: one number a repeat, the smaller the better, in ``unit``; their n-th values were
                 measured next to each other.
    target:      the least ratio of the medians that was promised; None where nothing was.
    most:        the most that ours may be at percentile ``most_at``, in ``unit``; None likewise.
    """

    name: str
    naive_way: str
    our_way: str
    unit: str
    naive: tuple[float, ...]
    ours: tuple[float, ...]
    target: float | None = None
    most: float | None = None
    most_at: float = 50

    def ratio(self, share: float = 50) -> Ratio:
        """Of these percentiles (0 to 100), with a bootstrap over the pairs: a slow moment of the
        machine slows both of a pair.
        """
        pairs = np.array([self.naive, self.ours], dtype=float)
        chance = np.random.default_rng(_SEED)
        drawn = pairs[:, chance.integers(0, pairs.shape[1], (_DRAWS, pairs.shape[1]))]
        naive, ours = np.percentile(drawn, share, axis=2)
        low, high = np.percentile(naive / ours, [2.5, 97.5])
        found = np.percentile(pairs, share, axis=1)
        return Ratio(float(found[0] / found[1]), float(low), float(high))

    @property
    def holds(self) -> bool | None:
        """Whether all that was promised was reached; None where nothing was."""
        kept = []
        if self.target is not None:
            kept.append(self.ratio().value >= self.target)
        if self.most is not None:
            kept.append(bool(np.percentile(self.ours, self.most_at) <= self.most))
        return all(kept) if kept else None

    @property
    def promise(self) -> str:
        """What was promised, in few words; empty where nothing was."""
        words = [] if self.target is None else [f"{_digits(self.target)} times"]
        if self.most is not None:
            words.append(_at_most(self.most, self.unit, self.most_at))
        return ", ".join(words)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with medians, 99th percentiles and ratios."""
        told = {k: v for k, v in vars(self).items() if k not in ("naive", "ours")}
        sides = {"naive": self.naive, "ours": self.ours}
        for side, values in sides.items():
            told[side] = _percentiles(values)
        ratios = {f"p{share}": vars(self.ratio(share)) for share in (50, 99)}
        return {**told, "ratio": ratios, "holds": self.holds}


@dataclass(frozen=True)
class Growth:
    """What something costs, over how much of it there is.

    costs: in ``unit``, the median at each of ``sizes``.
    """

    name: str
    over: str
    unit: str
    sizes: tuple[float, ...]
    costs: tuple[float, ...]
    most: float | None = None  # the largest cost that was promised at the largest size

    @property
    def slope(self) -> float:
        """Of the logarithms, by least squares: 1 is linear, 2 quadratic."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.costs), 1)[0])

    @property
    def promise(self) -> str:
        """As a ``Duel`` has it."""
        return "" if self.most is None else _at_most(self.most, self.unit, 50)

    @property
    def holds(self) -> bool | None:
        """Whether the largest size costs at most what was promised."""
        return None if self.most is None else self.costs[-1] <= self.most

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the slope."""
        return {**vars(self), "slope": self.slope, "holds": self.holds}


@dataclass(frozen=True)
class Figure:
    """What there is no naive way to compare with.

    values: one number a repeat, in ``unit``. most, most_at: as a ``Duel`` has them.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    most: float | None = None
    most_at: float = 50

    @property
    def holds(self) -> bool | None:
        """Whether it is at most what was promised; None where nothing was."""
        if self.most is None:
            return None
        return bool(np.percentile(self.values, self.most_at) <= self.most)

    @property
    def promise(self) -> str:
        """As a ``Duel`` has it."""
        return "" if self.most is None else _at_most(self.most, self.unit, self.most_at)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with median and 99th percentile."""
        told = {k: v for k, v in vars(self).items() if k != "values"}
        return {**told, **_percentiles(self.values), "holds": self.holds}


@dataclass(frozen=True)
class Report:
    """Everything that one run of the benchmark measured."""

    duels: Sequence[Duel] = ()
    growths: Sequence[Growth] = ()
    figures: Sequence[Figure] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Strict JSON."""
        return {
            **self.facts,
            "duels": [duel.to_dict() for duel in self.duels],
            "figures": [figure.to_dict() for figure in self.figures],
            "growths": [growth.to_dict() for growth in self.growths],
        }


def _digits(value: float) -> str:
    return f"{value:#.3g}".rstrip(".")


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    p50, p99 = np.percentile(values, [50, 99])
    return {"p50": float(p50), "p99": float(p99), "count": len(values)}


def _at_most(most: float, unit: str, percentile: float) -> str:
    at = "" if percentile == 50 else f"p{percentile:g} "
    return f"{at}at most {most:g} {unit}".rstrip()

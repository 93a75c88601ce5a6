"""Two sides compared, metric by metric: sessions, groups of sessions, or whole sweeps.

A difference is named only where it is improbable by chance (Holm's p over all that was tested) and
its interval leaves out zero; everything else is "no difference seen", "not enough data", or
"unknown" where a side did not measure it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from granite_ws.difference import (
    ALPHA,
    Difference,
    holm,
    of_groups,
    of_pairs,
    of_quantiles,
    of_shares,
)
from granite_ws.measured import QUANTILE, Measured
from granite_ws.metrics import BY_NAME
from granite_ws.phrase import mark, say

BETTER, WORSE = mark("better"), mark("worse")
SAME = mark("no difference seen")
NOT_ENOUGH = mark("not enough data")
UNKNOWN = mark("unknown")

# Settings in which any two sessions differ, or that say nothing of what was tried.
_NO_SETTINGS = ("port",)


@dataclass(frozen=True)
class Row:
    """One metric compared: is B better or worse than A, and how sure is that?"""

    metric: str
    about: str
    found: Difference
    answer: str
    p_holm: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        found = dict(vars(self.found))
        return {"metric": self.metric, "answer": self.answer, "p_holm": self.p_holm, **found}


@dataclass(frozen=True)
class Compared:
    """Both sides, what differs between them, and each metric.

    kind:    "sessions" (one against one), "groups", or "pairs" (cells with equal parameters).
    differs: settings by name: the values of A, the values of B.
    matched: labels of the cells that both sides have; ``only_a`` and ``only_b`` have no equal.
    """

    a: tuple[Measured, ...]
    b: tuple[Measured, ...]
    kind: str
    differs: Mapping[str, tuple[tuple[Any, ...], tuple[Any, ...]]]
    rows: tuple[Row, ...]
    matched: tuple[str, ...] = ()
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        return {
            "kind": self.kind,
            "a": [_plain(one) for one in self.a],
            "b": [_plain(one) for one in self.b],
            "differs": {name: {"a": a, "b": b} for name, (a, b) in self.differs.items()},
            "matched": self.matched,
            "only_a": self.only_a,
            "only_b": self.only_b,
            "metrics": [row.to_dict() for row in self.rows],
        }


def compare(a: Sequence[Measured], b: Sequence[Measured]) -> Compared:
    """B held against A. Swapping them mirrors every answer; the same input gives the same one.

    One session against one: intervals over its single measurements. Otherwise over sessions: by
    pairs where both sides have cells with equal parameters, else as two groups.
    """
    differs = _differing(a, b)
    if len(a) == len(b) == 1:
        found = {metric: _of_sessions(metric, a[0], b[0]) for metric in BY_NAME}
        return Compared(
            tuple(a),
            tuple(b),
            "sessions",
            differs,
            _judged(found, say("share of the connections that were lost")),
        )
    cells_a, cells_b = _cells(a, b), _cells(b, a)
    shared = [key for key in cells_a if key in cells_b]
    paired = bool(shared) and len({*cells_a, *cells_b}) > 1
    if paired:
        sides = [[cells[key] for key in shared] for cells in (cells_a, cells_b)]
    else:
        sides = [[[one] for one in side] for side in (a, b)]
    found = {metric: _of_many(metric, sides[0], sides[1], paired=paired) for metric in BY_NAME}
    return Compared(
        a=tuple(a),
        b=tuple(b),
        kind="pairs" if paired else "groups",
        differs=differs,
        rows=_judged(found, say("share of the sessions that lost a connection")),
        matched=tuple(_label(key) for key in shared) if paired else (),
        only_a=tuple(_label(key) for key in cells_a if key not in cells_b),
        only_b=tuple(_label(key) for key in cells_b if key not in cells_a),
    )


# ------------------------------------------------------------------------------------- tests


def _of_sessions(metric: str, a: Measured, b: Measured) -> Difference:
    if metric == "drops" and a.connections is not None and b.connections is not None:
        drops = [int(one.metrics.get("drops") or 0) for one in (a, b)]
        return of_shares(drops[0], a.connections, drops[1], b.connections)
    match = QUANTILE.match(metric)
    if match and match["stem"] in a.values and match["stem"] in b.values:
        stem, share = match["stem"], float(match["share"])
        return _as_measured(metric, a, b, of_quantiles(a.values[stem], b.values[stem], share))
    single = say("one number of each session: only repeats show what chance does")
    return _as_measured(metric, a, b, Difference(None, None, 0, 0, note=single))


def _as_measured(metric: str, a: Measured, b: Measured, found: Difference) -> Difference:
    """With the session's own numbers: no stall at all is 0 where somebody watched."""
    ours, theirs = a.metrics.get(metric), b.metrics.get(metric)
    change = None if ours is None or theirs is None else theirs - ours
    return replace(found, a=ours, b=theirs, change=change)


def _of_many(
    metric: str,
    a: Sequence[Sequence[Measured]],
    b: Sequence[Sequence[Measured]],
    *,
    paired: bool,
) -> Difference:
    """Each side is a list of cells, each of which is a list of repeats."""
    if metric == "drops":
        known_a, known_b = _numbers(metric, _flat(a)), _numbers(metric, _flat(b))
        hits = [sum(drops > 0 for drops in side) for side in (known_a, known_b)]
        return of_shares(hits[0], len(known_a), hits[1], len(known_b))
    if not paired:
        return of_groups(_numbers(metric, _flat(a)), _numbers(metric, _flat(b)))
    middles = [
        (_middle(_numbers(metric, one)), _middle(_numbers(metric, other)))
        for one, other in zip(a, b, strict=True)
    ]
    pairs = [(one, other) for one, other in middles if one is not None and other is not None]
    return of_pairs([one for one, _ in pairs], [other for _, other in pairs])


def _judged(found: Mapping[str, Difference], drops: str) -> tuple[Row, ...]:
    corrected = holm([difference.p_value for difference in found.values()])
    return tuple(
        Row(
            metric=name,
            about=drops if name == "drops" else BY_NAME[name].about,
            found=difference,
            answer=_answer(difference, p, lower_is_better=BY_NAME[name].lower_is_better),
            p_holm=p,
        )
        for (name, difference), p in zip(found.items(), corrected, strict=True)
    )


def _answer(found: Difference, p_holm: float | None, *, lower_is_better: bool) -> str:
    if found.a is None or found.b is None:
        return UNKNOWN
    if p_holm is None or found.low is None or found.high is None:
        return NOT_ENOUGH
    if p_holm > ALPHA or found.low <= 0 <= found.high:
        return SAME
    return BETTER if (found.high < 0) is lower_is_better else WORSE


# ------------------------------------------------------------------------------------- cells


def _differing(
    a: Sequence[Measured], b: Sequence[Measured]
) -> dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]]:
    names = dict.fromkeys(name for one in (*a, *b) for name in one.settings)
    both = {name: (_values(name, a), _values(name, b)) for name in names}
    return {
        name: sides
        for name, sides in both.items()
        if name not in _NO_SETTINGS and {*map(_key, sides[0])} != {*map(_key, sides[1])}
    }


def _cells(side: Sequence[Measured], other: Sequence[Measured]) -> dict[str, list[Measured]]:
    """Sessions by their parameters, without those by which the two sides as a whole differ."""
    names = dict.fromkeys(name for one in (*side, *other) for name in one.settings)
    kept = [
        name
        for name in sorted(names)
        if name not in _NO_SETTINGS
        and not (
            len(ours := _values(name, side)) == len(theirs := _values(name, other)) == 1
            and _key(ours[0]) != _key(theirs[0])
        )
        and len({*map(_key, ours), *map(_key, theirs)}) > 1
    ]
    cells: dict[str, list[Measured]] = defaultdict(list)
    for one in side:
        cells[_key({name: one.settings.get(name) for name in kept})].append(one)
    return cells


def _values(name: str, side: Iterable[Measured]) -> tuple[Any, ...]:
    """The different values that a setting has on one side."""
    return tuple({_key(one.settings.get(name)): one.settings.get(name) for one in side}.values())


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _label(key: str) -> str:
    return " ".join(f"{name}={value}" for name, value in json.loads(key).items())


def _flat(cells: Iterable[Sequence[Measured]]) -> list[Measured]:
    return [one for cell in cells for one in cell]


def _numbers(metric: str, side: Iterable[Measured]) -> list[float]:
    return [value for one in side if (value := one.metrics.get(metric)) is not None]


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _plain(one: Measured) -> dict[str, Any]:
    left_out = ("values",)
    return {name: value for name, value in vars(one).items() if name not in left_out}

"""From a matrix to its combinations, by the rules that people know from CI."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Combination = dict[str, Any]
Matrix = Mapping[str, Sequence[Any]]


def combinations(
    matrix: Matrix,
    *,
    include: Iterable[Mapping[str, Any]] = (),
    exclude: Iterable[Mapping[str, Any]] = (),
) -> list[Combination]:
    """Every combination of the matrix's values, in the order in which a nested loop gives them.

    exclude: takes away each combination that has all of an entry's values; before ``include``.
    include: as GitHub Actions does it: an entry extends every combination whose own values it
             does not contradict; one that extends none is a combination of its own.

    Without matrix and include there is one combination, and it has no values.
    """
    names = list(matrix)
    found = [
        dict(zip(names, values, strict=True)) for values in itertools.product(*matrix.values())
    ]
    refused = list(exclude)
    found = [one for one in found if not any(_has(one, entry) for entry in refused)]
    if not names:
        found = []  # without a matrix there is nothing that an entry could extend
    extended = [dict(one) for one in found]
    alone: list[Combination] = []
    for entry in include:
        matched = False
        for original, one in zip(found, extended, strict=True):
            own = {name: value for name, value in entry.items() if name in original}
            if _has(original, own):
                one.update(entry)
                matched = True
        if not matched:
            alone.append(dict(entry))
    made = [*extended, *alone]
    return made if made or names else [{}]


def size(matrix: Matrix) -> int:
    """How many combinations the values alone make, before anything is expanded."""
    return math.prod(len(values) for values in matrix.values())


def takes_away(entry: Mapping[str, Any], matrix: Matrix) -> bool:
    """Whether an entry of ``exclude`` has an effect."""
    return all(
        any(_same(value, one) for one in matrix.get(name, ())) for name, value in entry.items()
    )


def distinct(found: Iterable[Combination]) -> list[Combination]:
    """Each combination once, where it first comes. Their values must be hashable."""
    return list({_content(one): one for one in reversed(list(found))}.values())[::-1]


def differing(found: Sequence[Combination]) -> tuple[str, ...]:
    """The names in which the combinations differ, in the order in which they first come."""
    names: dict[str, None] = {}
    for one in found:
        names.update(dict.fromkeys(one))
    missing = object()
    return tuple(
        name
        for name in names
        if any(not _same(one.get(name, missing), found[0].get(name, missing)) for one in found)
    )


def _has(combination: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    missing = object()
    return all(_same(combination.get(name, missing), value) for name, value in entry.items())


def _content(combination: Mapping[str, Any]) -> frozenset[Any]:
    return frozenset((n, isinstance(value, bool), value) for n, value in combination.items())


def _same(one: object, other: object) -> bool:
    """1, 1.0 and True are equal in Python; a flag is no number in a sweep."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)

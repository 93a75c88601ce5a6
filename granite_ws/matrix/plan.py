"""A sweep: what is varied, what is the same, and the cells that follow from it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.matrix.cell import Cell, key_of
from granite_ws.matrix.expansion import combinations, differing, distinct, size, takes_away
from granite_ws.matrix.thresholds import Threshold
from granite_ws.settings import RULES, Settings

MOST_CELLS = 10_000
DEFAULT_NOTEBOOK = "notebooks/01-reproduce.ipynb"
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Limits:
    """What one cell may take: seconds for each notebook cell and for the whole notebook, MB for
    kernel and session together; 0 for no limit.
    """

    cell_s: float = 0
    notebook_s: float = 3600
    memory_mb: float = 0


@dataclass(frozen=True)
class Axes:
    """What a phase map has on its axes, and what it shows."""

    x: str
    y: str
    metric: str = "drops"


@dataclass(frozen=True)
class Sweep:
    """What a sweep file says.

    parameters: the same for every cell.
    matrix:     the values of each varied parameter (``seeds`` are values of ``seed``).
    repeats:    how often each combination is run.
    at_once:    cells side by side, 0 for as many as there are cores.
    """

    title: str = ""
    notebook: str = DEFAULT_NOTEBOOK
    parameters: Parameters = field(default_factory=dict)
    matrix: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    include: tuple[Parameters, ...] = ()
    exclude: tuple[Parameters, ...] = ()
    repeats: int = 1
    limits: Limits = field(default_factory=Limits)
    at_once: int = 0
    share_cores: bool = False
    axes: Axes | None = None
    thresholds: tuple[Threshold, ...] = ()

    @property
    def combinations(self) -> list[dict[str, Any]]:
        """The parameters of every cell, without repeats."""
        found = combinations(self.matrix, include=self.include, exclude=self.exclude)
        return [{**self.parameters, **one} for one in found]

    @property
    def varied(self) -> tuple[str, ...]:
        """The names in which the cells differ."""
        return differing(self.combinations)


def override(sweep: Sweep, given: Parameters) -> Sweep:
    """The sweep with these parameters in every cell. Raises SettingsError.

    Cells that differed in nothing else are one cell then. Thresholds that are for another value
    of such a name are not judged: no cell has it any more.
    """
    if not given:
        return sweep
    matrix = {n: values for n, values in sweep.matrix.items() if n not in given}
    include: tuple[Parameters, ...] = ()
    if sweep.include or sweep.exclude:
        # Their rules go by what the file says, so they are applied first.
        found = combinations(sweep.matrix, include=sweep.include, exclude=sweep.exclude)
        left = distinct({n: v for n, v in one.items() if n not in given} for one in found)
        matrix, include = {}, tuple(left) if left != [{}] else ()
    changed = replace(
        sweep,
        parameters={**sweep.parameters, **given},
        matrix=matrix,
        include=include,
        exclude=(),
        thresholds=tuple(t for t in sweep.thresholds if t.is_for({**t.where, **given})),
    )
    check(changed, lambda _: "command line")
    return changed


def check_parameters(sweep: Sweep, known: Parameters, *, reads_all: bool, notebook: str) -> None:
    """Raises SettingsError for a parameter that the notebook would never read.

    known:     the names of the notebook's own parameters cell.
    reads_all: whether it takes every setting there is (``settings_from(globals())``).
    """
    allowed = set(known) | (set(RULES) if reads_all else set())
    for one in sweep.combinations:
        for name in one:
            if name not in allowed:
                raise SettingsError(
                    name,
                    one[name],
                    allowed=f"{notebook} does not read it; choices: {', '.join(sorted(known))}",
                    where="sweep",
                )


def expand(
    sweep: Sweep, *, notebook: str, version: str, data_digest: Callable[[Parameters], str]
) -> tuple[Cell, ...]:
    """Every cell of a sweep, numbered from 1.

    notebook:    the digest of the notebook's content.
    version:     of this package.
    data_digest: the digest of the series that these parameters feed.
    """
    found = sweep.combinations
    varied = differing(found)
    planned = [(one, repeat) for one in found for repeat in range(1, sweep.repeats + 1)]
    return tuple(
        Cell(
            number,
            one,
            varied,
            repeat,
            key_of(notebook, one, version=version, data=data_digest(one), repeat=repeat),
        )
        for number, (one, repeat) in enumerate(planned, start=1)
    )


def check(sweep: Sweep, where: Callable[[str], str]) -> None:
    """What only the whole can tell: too many cells, nothing left, names that no cell has.

    where: the place of a key in the sweep's file. Raises SettingsError.
    """
    planned = (size(sweep.matrix) + len(sweep.include)) * sweep.repeats
    if planned > MOST_CELLS:
        raise SettingsError(
            "matrix",
            f"{planned} cells",
            allowed=f"at most {MOST_CELLS} cells",
            where=where("matrix"),
        )
    found = sweep.combinations
    for entry in sweep.exclude:
        if not takes_away(entry, sweep.matrix):
            raise SettingsError(
                "exclude",
                dict(entry),
                allowed="must be a combination that the matrix has",
                where=where("exclude"),
            )
    if not found:
        raise SettingsError(
            "exclude", "everything", allowed="must leave a combination", where=where("exclude")
        )
    for one in found:
        Settings.from_mapping(one, where=where("matrix"))
    if len(distinct(found)) < len(found):
        raise SettingsError(
            "include",
            f"{len(found)} cells",
            allowed="must make no cell that there is already",
            where=where("include"),
        )
    _check_names(sweep, found, where)


def _check_names(sweep: Sweep, found: list[dict[str, Any]], where: Callable[[str], str]) -> None:
    names = {name for one in found for name in one}
    if sweep.axes is not None:
        for axis in (sweep.axes.x, sweep.axes.y):
            if axis not in names:
                raise SettingsError("map", axis, allowed=choices(axis, names), where=where("map"))
    for threshold in sweep.thresholds:
        if not any(threshold.is_for(one) for one in found):
            raise SettingsError(
                "thresholds",
                str(threshold),
                allowed="must be for a cell that there is",
                where=where("thresholds"),
            )


def choices(name: str, allowed: Iterable[str]) -> str:
    """What to write instead of a name that is not allowed."""
    known = sorted(allowed)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"no such key; {hint}choices: {', '.join(known)}"

"""A sweep file: YAML in, a sweep out; every error names the line and what is allowed there."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from granite_ws.errors import SettingsError
from granite_ws.matrix.cell import Cell, key_of
from granite_ws.matrix.expansion import combinations, differing, size
from granite_ws.matrix.thresholds import Threshold, parse_threshold
from granite_ws.matrix.yamlnodes import Entries, Entry, entries, items, plain, root
from granite_ws.metrics import BY_NAME
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


def read_sweep(text: str, *, where: str) -> Sweep:
    """The sweep that a file's text describes. Raises SettingsError; ``where`` names the file."""
    found = entries(root(text, where=where), where=where)
    for name, entry in found.items():
        if name not in _READERS:
            raise entry.refused(_choices(name, _READERS))
    fields = {name: value for name, entry in found.items() for name, value in _read(name, entry)}
    matrix = dict(fields.pop("matrix", {}))
    seeds = fields.pop("seeds", None)
    if seeds is not None:
        if "seed" in matrix or "seed" in fields.get("parameters", {}):
            raise found["seeds"].refused("must not stand beside a seed of its own")
        matrix["seed"] = seeds
    sweep = Sweep(**fields, matrix=matrix)
    _check(sweep, where=where, entries=found)
    return sweep


def override(sweep: Sweep, given: Parameters) -> Sweep:
    """The sweep with these parameters in every cell; what was varied under such a name no longer
    is. Raises SettingsError.
    """
    if not given:
        return sweep

    def without(entry: Parameters) -> dict[str, Any]:
        return {name: value for name, value in entry.items() if name not in given}

    changed = replace(
        sweep,
        parameters={**sweep.parameters, **given},
        matrix={n: values for n, values in sweep.matrix.items() if n not in given},
        include=tuple(filter(None, map(without, sweep.include))),
        exclude=tuple(entry for entry in sweep.exclude if not set(entry) & set(given)),
    )
    _check(changed, where="command line", entries={})
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


def _check(sweep: Sweep, *, where: str, entries: Mapping[str, Entry]) -> None:
    """What only the whole can tell: too many cells, values that are not allowed together."""
    planned = (size(sweep.matrix) + len(sweep.include)) * sweep.repeats
    if planned > MOST_CELLS:
        at = entries["matrix"].where if "matrix" in entries else where
        raise SettingsError(
            "matrix", f"{planned} cells", allowed=f"at most {MOST_CELLS} cells", where=at
        )
    found = sweep.combinations
    if sweep.matrix and sweep.exclude and found == [dict(sweep.parameters)]:
        raise _entry(entries, "exclude", where).refused("must leave a combination")
    for one in found:
        Settings.from_mapping(one, where=where)
    _check_names(sweep, found, where=where, entries=entries)


def _check_names(
    sweep: Sweep, found: list[dict[str, Any]], *, where: str, entries: Mapping[str, Entry]
) -> None:
    names = {name for one in found for name in one}
    if sweep.axes is not None:
        for axis in (sweep.axes.x, sweep.axes.y):
            if axis not in names:
                raise _entry(entries, "map", where).refused(f"{axis}: {_choices(axis, names)}")
    for threshold in sweep.thresholds:
        if not any(threshold.is_for(one) for one in found):
            raise _entry(entries, "thresholds", where).refused(
                f"{threshold}: no cell is like that"
            )


def _entry(entries: Mapping[str, Entry], name: str, where: str) -> Entry:
    return entries.get(name) or Entry(name, None, where)


def _read(name: str, entry: Entry) -> list[tuple[str, Any]]:
    target = {"map": "axes"}.get(name, name)
    return [(target, _READERS[name](entry))]


def _choices(name: str, allowed: Any) -> str:
    near = difflib.get_close_matches(name, list(allowed), n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"no such key; {hint}choices: {', '.join(sorted(allowed))}"


# ----------------------------------------------------------------------------- one key at a time


def _text(entry: Entry) -> str:
    value = plain(entry)
    if not isinstance(value, str) or not value.strip():
        raise entry.refused("must be a text")
    return value


def _flag(entry: Entry) -> bool:
    value = plain(entry)
    if not isinstance(value, bool):
        raise entry.refused("must be true or false")
    return value


def _count(low: int, high: int) -> Callable[[Entry], int]:
    def read(entry: Entry) -> int:
        value = plain(entry)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise entry.refused(f"must be a whole number from {low} to {high}")
        return value

    return read


def _setting(entry: Entry) -> Any:
    """A value of a setting, judged by the setting's own rule."""
    if entry.key not in RULES:
        raise entry.refused(_choices(entry.key, RULES).replace("no such key", "no such setting"))
    value = plain(entry)
    Settings.from_mapping({entry.key: value}, where=entry.where)
    return value


def _parameters(entry: Entry) -> dict[str, Any]:
    return {name: _setting(one) for name, one in _entries(entry).items()}


def _list_of(read: Callable[[Entry], Any]) -> Callable[[Entry], tuple[Any, ...]]:
    return lambda entry: tuple(read(one) for one in items(entry))


def _matrix(entry: Entry) -> dict[str, tuple[Any, ...]]:
    found = {}
    for name, one in _entries(entry).items():
        values = _list_of(_setting)(one)
        if not values:
            raise one.refused("must be a list with at least one value")
        found[name] = values
    return found


def _seeds(entry: Entry) -> tuple[int, ...]:
    value = plain(entry)
    if isinstance(value, int) and not isinstance(value, bool):
        return tuple(range(_count(1, MOST_CELLS)(entry)))
    return tuple(_setting(replace(one, key="seed")) for one in items(entry))


def _limits(entry: Entry) -> Limits:
    found = _entries(entry)
    for name, one in found.items():
        value = plain(one)
        if name not in Limits.__dataclass_fields__:
            raise one.refused(_choices(name, Limits.__dataclass_fields__))
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise one.refused("must be a number, 0 for no limit")
    return Limits(**{name: plain(one) for name, one in found.items()})


def _axes(entry: Entry) -> Axes:
    found = _entries(entry)
    for name, one in found.items():
        if name not in Axes.__dataclass_fields__:
            raise one.refused(_choices(name, Axes.__dataclass_fields__))
    for name in ("x", "y"):
        if name not in found:
            raise entry.refused(f"must have {name}")
    axes = Axes(**{name: _text(one) for name, one in found.items()})
    if axes.metric not in BY_NAME:
        raise found["metric"].refused(_choices(axes.metric, BY_NAME))
    return axes


def _threshold(entry: Entry) -> Threshold:
    value = plain(entry)
    if isinstance(value, str):
        return parse_threshold(value, at=entry.where)
    found = _entries(entry)
    for name, one in found.items():
        if name not in ("metric", "is", "where"):
            raise one.refused(_choices(name, ("metric", "is", "where")))
    if not {"metric", "is"} <= set(found):
        raise entry.refused("must be METRIC SIGN NUMBER, or have metric and is")
    where = _parameters(found["where"]) if "where" in found else {}
    text = f"{plain(found['metric'])} {plain(found['is'])}"
    return parse_threshold(text, where, at=found["metric"].where)


def _entries(entry: Entry) -> Entries:
    return entries(entry.node, where=entry.file, key=entry.key)


_READERS: Mapping[str, Callable[[Entry], Any]] = {
    "title": _text,
    "notebook": _text,
    "parameters": _parameters,
    "matrix": _matrix,
    "include": _list_of(_parameters),
    "exclude": _list_of(_parameters),
    "repeats": _count(1, MOST_CELLS),
    "seeds": _seeds,
    "limits": _limits,
    "at_once": _count(0, 512),
    "share_cores": _flag,
    "map": _axes,
    "thresholds": _list_of(_threshold),
}

"""A sweep file: YAML in, a sweep out; every error names the line and what is allowed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from granite_ws.matrix.plan import MOST_CELLS, Axes, Limits, Sweep, check, choices
from granite_ws.matrix.thresholds import Threshold, parse_threshold
from granite_ws.matrix.yamlnodes import Entries, Entry, entries, items, plain, root
from granite_ws.metrics import BY_NAME
from granite_ws.settings import RULES, Settings

# Seconds or MB: more than anybody means, and finite.
_MOST = 1e9


def read_sweep(text: str, *, where: str) -> Sweep:
    """The sweep that a file's text describes. Raises SettingsError; ``where`` names the file."""
    found = entries(root(text, where=where), where=where)
    for name, entry in found.items():
        if name not in _READERS:
            raise entry.refused(choices(name, _READERS))
    fields = {name: value for name, entry in found.items() for name, value in _read(name, entry)}
    matrix = dict(fields.pop("matrix", {}))
    seeds = fields.pop("seeds", None)
    if seeds is not None:
        if "seed" in matrix or "seed" in fields.get("parameters", {}):
            raise found["seeds"].refused("must not stand beside a seed of its own")
        matrix["seed"] = seeds
    sweep = Sweep(**fields, matrix=matrix)
    check(sweep, lambda key: found[key].where if key in found else where)
    return sweep


def _read(name: str, entry: Entry) -> list[tuple[str, Any]]:
    target = {"map": "axes"}.get(name, name)
    return [(target, _READERS[name](entry))]


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
        raise entry.refused(choices(entry.key, RULES).replace("no such key", "no such setting"))
    value = plain(entry)
    Settings.from_mapping({entry.key: value}, where=entry.where)
    return value


def _parameters(entry: Entry) -> dict[str, Any]:
    return {name: _setting(one) for name, one in _entries(entry).items()}


def _list_of(read: Callable[[Entry], Any]) -> Callable[[Entry], tuple[Any, ...]]:
    return lambda entry: tuple(read(one) for one in items(entry))


def _matrix(entry: Entry) -> dict[str, tuple[Any, ...]]:
    return {name: _values(one) for name, one in _entries(entry).items()}


def _values(entry: Entry) -> tuple[Any, ...]:
    """Values of one setting, each once: two cells of one content would be one folder."""
    found: list[Any] = []
    for one in items(entry):
        value = _setting(one)
        if value in found:
            raise one.refused("comes twice; repeats runs a cell more than once")
        found.append(value)
    if not found:
        raise entry.refused("must be a list with at least one value")
    return tuple(found)


def _seeds(entry: Entry) -> tuple[int, ...]:
    value = plain(entry)
    if isinstance(value, int) and not isinstance(value, bool):
        return tuple(range(_count(1, MOST_CELLS)(entry)))
    if not isinstance(value, list):
        raise entry.refused("must be a count, or a list of seeds")
    return _values(replace(entry, key="seed"))


def _limits(entry: Entry) -> Limits:
    found = _entries(entry)
    for name, one in found.items():
        value = plain(one)
        if name not in Limits.__dataclass_fields__:
            raise one.refused(choices(name, Limits.__dataclass_fields__))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise one.refused("must be a number, 0 for no limit")
        if not 0 <= value <= _MOST:
            raise one.refused(f"must be from 0 (no limit) to {_MOST:g}")
    return Limits(**{name: plain(one) for name, one in found.items()})


def _axes(entry: Entry) -> Axes:
    found = _entries(entry)
    for name, one in found.items():
        if name not in Axes.__dataclass_fields__:
            raise one.refused(choices(name, Axes.__dataclass_fields__))
    for name in ("x", "y"):
        if name not in found:
            raise entry.refused(f"must have {name}")
    if plain(found["x"]) == plain(found["y"]):
        raise entry.refused("x and y must differ")
    axes = Axes(**{name: _text(one) for name, one in found.items()})
    if axes.metric not in BY_NAME:
        raise found["metric"].refused(choices(axes.metric, BY_NAME))
    return axes


def _threshold(entry: Entry) -> Threshold:
    value = plain(entry)
    if isinstance(value, str):
        return parse_threshold(value, at=entry.where)
    found = _entries(entry)
    for name, one in found.items():
        if name not in ("metric", "is", "where"):
            raise one.refused(choices(name, ("metric", "is", "where")))
    if not {"metric", "is"} <= set(found):
        raise entry.refused("must be METRIC SIGN NUMBER, or have metric and is")
    where = _parameters(found["where"]) if "where" in found else {}
    text = f"{found['metric'].written} {found['is'].written}"
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
# What may stand at the top of a sweep file.
KEYS = tuple(_READERS)

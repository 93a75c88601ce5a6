"""One cell of a sweep: a notebook with these parameters, known by the hash of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_KEY_LENGTH = 12


@dataclass(frozen=True)
class Cell:
    """One notebook run.

    number:     its place in the sweep, from 1.
    parameters: everything that is injected into the notebook.
    varied:     the names among them in which the cells of this sweep differ, in the file's order.
    repeat:     which repetition of the same parameters this is, from 1.
    key:        12 hex digits; equal only for the same content (``key_of``). Folders are named so.
    """

    number: int
    parameters: Mapping[str, Any]
    varied: tuple[str, ...]
    repeat: int
    key: str

    @property
    def label(self) -> str:
        """What tells it from the other cells, for people: ``ping_timeout=20 fault_seconds=3``."""
        return label_of(self.parameters, self.varied, self.repeat)

    @property
    def duration_s(self) -> float | None:
        """Seconds that its session is asked to watch, where the parameters say so."""
        value = self.parameters.get("duration_s")
        return float(value) if isinstance(value, int | float) else None


def label_of(parameters: Mapping[str, Any], varied: Iterable[str], repeat: int) -> str:
    """The varied parameters with their values; the repeat where nothing is varied."""
    words = [f"{name}={shown(parameters[name])}" for name in varied if name in parameters]
    return " ".join(words) or f"repeat {repeat}"


def shown(value: Any) -> str:
    """A value in a line for people; an empty text must be seen as one."""
    return '""' if value == "" else str(value)


def key_of(
    notebook: str, parameters: Mapping[str, Any], *, version: str, data: str, repeat: int
) -> str:
    """The hash of all that decides what a cell does.

    notebook: the notebook's own content, without outputs.
    version:  of the package.
    data:     the digest of the series that is fed.
    """
    content = {
        "notebook": notebook,
        "parameters": dict(sorted(parameters.items())),
        "version": version,
        "data": data,
        "repeat": repeat,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]

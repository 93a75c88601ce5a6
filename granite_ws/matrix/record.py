"""What came of one cell: one JSON object, written last, so that it means "this cell is over"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from granite_ws.matrix.cell import label_of

SCHEMA = 1
# What a notebook's verdict cell says of its session, beside its HTML.
SESSION_MIME = "application/vnd.granite-ws.session+json"


class Status(StrEnum):
    """How a cell ended. Only DONE is final: the others are run again when asked to."""

    DONE = "done"
    FAILED = "failed"  # a notebook cell raised
    DIED = "died"  # the kernel ended by itself: out of memory, a signal, a crash
    TIMED_OUT = "timed out"  # a notebook cell or the notebook took longer than allowed
    STOPPED = "stopped"  # Ctrl-C


@dataclass(frozen=True)
class CellRecord:
    """One cell's end.

    why:       one line for a cell that is not DONE; for DIED what ended the kernel.
    outcome:   the session's: held, dropped, troubled, unknown; '' where the notebook has none.
    causes:    of its drops and troubles, each once, ``unknown`` among them.
    exit_code: the verdict's: 0 held, 1 explained, 3 something is unknown; None without a session.
    metrics:   by name (``metrics.METRICS``); None where the session did not measure one.
    wall_s:    seconds from asking for the kernel until the record; ``session_s`` of them were
               the session's own watched time.
    waited:    share of its time in which the server was ready and had no core (0 to 1), None
               where nobody measured it: what a neighbour takes away shows here.
    where:     the machine's place that ran it (lane or worker).
    files:     what is kept beside the record, by role: notebook, page, session.
    """

    key: str
    number: int
    parameters: Mapping[str, Any]
    varied: tuple[str, ...]
    repeat: int
    status: Status
    why: str = ""
    outcome: str = ""
    summary: str = ""
    causes: tuple[str, ...] = ()
    exit_code: int | None = None
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    began_utc: str = ""
    wall_s: float = 0.0
    session_s: float = 0.0
    waited: float | None = None
    where: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def overhead_s(self) -> float:
        """All but the session itself."""
        return max(self.wall_s - self.session_s, 0.0)

    @property
    def drops(self) -> int | None:
        """Lost connections; None where no session was judged."""
        value = self.metrics.get("drops")
        return None if value is None else int(value)

    @property
    def label(self) -> str:
        """As the cell's."""
        return label_of(self.parameters, self.varied, self.repeat)

    def to_json(self) -> str:
        """One strict JSON object."""
        return json.dumps({"v": SCHEMA, **asdict(self)}, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> CellRecord:
        """The inverse. Raises ValueError on anything else."""
        try:
            content = json.loads(text, parse_constant=_refuse)
            if content.pop("v") != SCHEMA:
                raise ValueError("another schema version")
            _check_types(content)
            content["status"] = Status(content["status"])
            for name in ("varied", "causes"):
                content[name] = tuple(content[name])
            return cls(**content)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"not a cell record: {error}") from error


_NUMBER = (int, float)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "key": (str,),
    "number": (int,),
    "parameters": (dict,),
    "varied": (list,),
    "repeat": (int,),
    "status": (str,),
    "why": (str,),
    "outcome": (str,),
    "summary": (str,),
    "causes": (list,),
    "exit_code": (int, type(None)),
    "metrics": (dict,),
    "began_utc": (str,),
    "wall_s": _NUMBER,
    "session_s": _NUMBER,
    "waited": (*_NUMBER, type(None)),
    "where": (str,),
    "files": (dict,),
}


def _check_types(content: Mapping[str, Any]) -> None:
    """A record may have been cut, merged or edited; what it says is shown and computed with."""
    for name, value in content.items():
        if name in _TYPES and not isinstance(value, _TYPES[name]):
            raise ValueError(f"{name} is a {type(value).__name__}")
    words = [*content["varied"], *content["causes"], *content["files"].values()]
    if not all(isinstance(word, str) for word in words):
        raise ValueError("names must be text")
    for name, value in content["metrics"].items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, _NUMBER)):
            raise ValueError(f"{name} is a {type(value).__name__}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")

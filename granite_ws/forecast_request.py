"""What a client may ask to be forecast, read from what it sent, and what makes two the same."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from granite_ws.errors import BadInput
from granite_ws.series import microseconds

# A request brings at most this many points; TTM-R2 reads 1,536 at most.
MOST_POINTS = 10_000
LEAST_POINTS = 2
# Characters of the name that a client may give its request.
MOST_NAME = 200


class RequestError(BadInput):
    """What a client asked for cannot be forecast."""


@dataclass(frozen=True)
class ForecastRequest:
    """What is to be forecast.

    timestamps: ISO 8601, oldest first; values: their values, finite; equally long.
    steps:      how many points of the future, 1 to the server's forecast_horizon.
    number:     how many requests this server has taken before it, 0 for one of the feed's.
    asker:      who is served in turn with the others: a client, or an address.
    """

    timestamps: tuple[str, ...]
    values: tuple[float, ...]
    steps: int
    number: int = 0
    asker: str = ""

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, steps: int, *, number: int = 0) -> ForecastRequest:
        """From a history with the columns ``timestamp`` and ``value``."""
        return cls(
            tuple(stamp.isoformat() for stamp in frame["timestamp"]),
            tuple(frame["value"].astype(float).tolist()),
            steps,
            number,
        )

    def frame(self) -> pd.DataFrame:
        """The history as ``ForecastService.predict`` takes it."""
        stamps = microseconds(pd.Timestamp(stamp) for stamp in self.timestamps)
        return pd.DataFrame({"timestamp": stamps, "value": self.values})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {**asdict(self), "timestamps": list(self.timestamps), "values": list(self.values)}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> ForecastRequest:
        """The inverse of ``to_dict``."""
        return cls(
            tuple(found["timestamps"]),
            tuple(found["values"]),
            found["steps"],
            found["number"],
            found["asker"],
        )

    def key(self, *, model: str, context_length: int) -> str:
        """``content_key`` of this request."""
        return content_key(self.values, self.steps, model=model, context_length=context_length)


def content_key(values: Sequence[float], steps: int, *, model: str, context_length: int) -> str:
    """What makes two forecasts the same: the numbers that the model reads, the model (its name
    with its revision), context and horizon. Hexadecimal SHA-256.

    The timestamps are no part of it: no model reads them, and an answer gets its own.
    """
    read = np.asarray(values[-context_length:], dtype="<f8")
    named = json.dumps([model, context_length, steps, len(read)])
    return hashlib.sha256(named.encode() + read.tobytes()).hexdigest()


# ------------------------------------------------------------------------ what a client may ask

_KEYS = ("steps", "series", "request_id")


def read_request(
    asked: Any, history: pd.DataFrame, *, most_steps: int, where: str
) -> tuple[ForecastRequest, str]:
    """(request, request_id) from what a client sent.

    asked: nothing, or an object with any of ``steps``, ``series`` ({timestamps, values}) and
    ``request_id``. history: what is forecast where no series is given. Raises RequestError with
    the key, the value, what is allowed, and ``where``.
    """
    asked = {} if asked is None else asked
    if not isinstance(asked, Mapping):
        raise RequestError("payload", asked, allowed="must be an object, or nothing", where=where)
    for key in asked:
        if key not in _KEYS:
            allowed = f"no such key; choices: {', '.join(_KEYS)}"
            raise RequestError(_plain(str(key)), asked[key], allowed=allowed, where=where)
    steps = asked.get("steps", most_steps)
    if type(steps) is float and steps.is_integer():
        steps = int(steps)  # JSON knows no whole numbers of their own: 47.0 is one
    if type(steps) is not int or not 1 <= steps <= most_steps:
        allowed = f"must be a whole number from 1 to {most_steps}"
        raise RequestError("steps", steps, allowed=allowed, where=where)
    name = asked.get("request_id", "")
    if not isinstance(name, str) or len(name) > MOST_NAME:
        allowed = f"must be a text of at most {MOST_NAME} characters"
        raise RequestError("request_id", name, allowed=allowed, where=where)
    series = asked.get("series")
    frame = history if series is None else _read_series(series, where)
    return ForecastRequest.of_frame(frame, steps), name


def _read_series(series: Any, where: str) -> pd.DataFrame:
    if not isinstance(series, Mapping) or set(series) != {"timestamps", "values"}:
        allowed = "must be an object with timestamps and values"
        raise RequestError("series", series, allowed=allowed, where=where)
    stamps, values = series["timestamps"], series["values"]
    if (
        not isinstance(stamps, list)
        or not isinstance(values, list)
        or len(stamps) != len(values)
        or not LEAST_POINTS <= len(values) <= MOST_POINTS
    ):
        allowed = (
            f"timestamps and values must be equally long lists of {LEAST_POINTS} to {MOST_POINTS}"
        )
        raise RequestError("series", _lengths(stamps, values), allowed=allowed, where=where)
    for value in values:
        if type(value) not in (int, float) or not _is_finite(value):
            raise RequestError(
                "series.values", value, allowed="must be finite numbers", where=where
            )
    return pd.DataFrame({"timestamp": _read_stamps(stamps, where), "value": values})


def _plain(words: str, most: int = 120) -> str:
    """A stranger's words, short and printable: they go to logs and terminals."""
    return words[:most] if words.isprintable() else ascii(words[:most])


def _lengths(*lists: Any) -> list[Any]:
    return [len(found) if isinstance(found, list) else type(found).__name__ for found in lists]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _read_stamps(stamps: list[Any], where: str) -> pd.DatetimeIndex:
    allowed = "must be ISO 8601, of one time zone or of none, each later than the one before"
    for stamp in stamps:
        if not isinstance(stamp, str):
            raise RequestError("series.timestamps", stamp, allowed=allowed, where=where)
    try:
        read = microseconds(pd.to_datetime(stamps, format="ISO8601"))
        rising = bool(read.is_monotonic_increasing) and bool(read.is_unique)
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise RequestError(
            "series.timestamps",
            stamps[0],
            allowed=f"{allowed} ({_plain(str(error))})",
            where=where,
        ) from error
    if not rising or read.hasnans:
        raise RequestError("series.timestamps", stamps[0], allowed=allowed, where=where)
    return read

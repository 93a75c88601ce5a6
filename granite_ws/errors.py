"""What can go wrong, as a tree.

    GraniteWsError
    ├── BadInput          the user gave something that cannot be used (exit code 2)
    │   ├── SettingsError     a setting
    │   ├── SeriesError       a series or a CSV file
    │   ├── ModelError        a model folder, or a context/horizon pair without a model
    │   ├── OutputError       a folder or file that cannot be written
    │   └── SessionError      a session folder that cannot be read
    ├── ServerRefused     bad input that only the server's process could find (exit code 2)
    └── SessionFailed     our own server, probe or notebook did not do its work (exit code 4)

A dropped connection is never an exception here: it is what we study.
"""

from __future__ import annotations

from functools import partial
from typing import Any


class GraniteWsError(Exception):
    """Root of every error that this package raises on purpose."""


class BadInput(GraniteWsError):
    """One input that cannot be used: names the key, the value, what is allowed and where.

    The message is always one line, so that a terminal, a log and a page can show it as it is.
    """

    def __init__(self, key: str, value: object, *, allowed: str, where: str) -> None:
        self.key = key
        self.value = value
        self.allowed = allowed
        self.where = where
        super().__init__(" ".join(f"{where}: {key} = {_short(value)}: {allowed}".split()))

    def __reduce__(self) -> tuple[Any, ...]:
        """It may be raised on another machine and told here."""
        rebuild = partial(type(self), allowed=self.allowed, where=self.where)
        return rebuild, (self.key, self.value)


class SettingsError(BadInput):
    """A setting that is unknown or out of its range."""


class SeriesError(BadInput):
    """A series, or the file it came from, that cannot be read as one."""


class ModelError(BadInput):
    """A model folder that cannot be used, or a pair that no model serves."""


class OutputError(BadInput):
    """A place that cannot be written."""

    @classmethod
    def refused(cls, key: str, path: object, error: OSError, *, where: str) -> OutputError:
        """The system's own refusal, with its reason."""
        reason = f"a place that can be written ({error.strerror})"
        return cls(key, str(path), allowed=reason, where=where)


class SessionError(BadInput):
    """A session folder that cannot be read."""


class ServerRefused(GraniteWsError):
    """The server process refused its input; the message is the server's own line."""


class SessionFailed(GraniteWsError):
    """The server, the probe or the notebook ended before its work was done."""


def _short(value: object, limit: int = 120) -> str:
    """The value's repr on one line, cut so that a whole CSV row cannot flood the message."""
    try:
        text = " ".join(repr(value).split())
    except (ValueError, RecursionError):
        # Python writes no number of more than 4,300 digits, and no list of 1,000 lists.
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"

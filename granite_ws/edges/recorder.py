"""The pen of a witness: one event becomes one appended line, and a human line where one is due."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from granite_ws import loglines
from granite_ws.edges.clock import Clock
from granite_ws.errors import OutputError
from granite_ws.events import Event, Kind, Witness

# Most events hold nothing else, and need not be looked into.
_PLAIN = frozenset({str, int, bool, type(None)})


class Recorder:
    """Writes events as they happen.

    Each event is one ``write`` to a file opened for appending, so several processes may share the
    file and a kill at any moment loses at most the line being written. The event is written
    before the log line, to a descriptor of our own: the shared logger may itself be what blocks.
    """

    def __init__(
        self,
        witness: Witness,
        path: Path | None = None,
        *,
        logger: logging.Logger | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Opens ``path`` for appending (None: log lines only). Raises OutputError."""
        self.witness = witness
        self.clock = clock or Clock()
        self.path = path
        self.lost = 0  # events that could not be written
        self._logger = logger
        self._descriptor = None if path is None else _open(path)

    def record(self, kind: Kind, *, sid: str | None = None, **data: Any) -> Event:
        """Writes one event, then its log lines at their levels, and returns the event."""
        if not _PLAIN.issuperset(map(type, data.values())):
            data = {name: plain(value) for name, value in data.items()}
        clock = self.clock
        event = Event(clock.now_ns(), clock.utc(), self.witness, kind, sid, data)
        if self._descriptor is not None:
            self._write(self._descriptor, event)
        if self._logger is not None:
            for level, text in loglines.render(kind, event.data):
                self._logger.log(level, text)
        return event

    def _write(self, descriptor: int, event: Event) -> None:
        try:
            os.write(descriptor, event.to_bytes() + b"\n")
        except OSError as error:
            # A full disk must not end the application that is only being watched.
            self.lost += 1
            if self._logger is not None and self.lost == 1:
                self._logger.error("[Recorder] Events are being lost: %s", error.strerror)

    def wants(self, level: int) -> bool:
        """Whether lines of this level are written at all; dear details are made only then."""
        return self._logger is not None and self._logger.isEnabledFor(level)

    def silent(self) -> Recorder:
        """A pen for the same file that writes no log lines."""
        pen = Recorder(self.witness, clock=self.clock)
        pen._descriptor, pen.path = self._descriptor, self.path
        return pen

    def close(self) -> None:
        """Closes the file; recording after that goes to the log only."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def plain(value: Any) -> Any:
    """The value as strict JSON knows it: numpy unwrapped, NaN and infinities as None."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's scalars have it as its arrays do
        return plain(value.tolist())
    return str(value)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OutputError.refused("events", path, error, where="recorder") from error

"""The end of an event file that others still write."""

from __future__ import annotations

from pathlib import Path

from granite_ws.events import Event


class EventTail:
    """Reads only what was added to an event file since the last look."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._rest = b""

    def __enter__(self) -> EventTail:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def new(self) -> list[Event]:
        """The events of the whole lines that came since; a line that is none is passed over."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        events = []
        for line in lines:
            try:
                events.append(Event.from_line(line.decode()))
            except ValueError:
                continue
        return events

"""A session that is watched while it runs: in a notebook's cell, or as a few lines of text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from granite_ws import displays
from granite_ws.edges.clock import Clock
from granite_ws.edges.store import EVENTS_FILE
from granite_ws.events import Event
from granite_ws.report.pulse import Pulse
from granite_ws.run import new_folder, run_session
from granite_ws.session import Session
from granite_ws.settings import Settings

# Four times a second: quicker than that nobody reads, and each update is a message to a browser.
UPDATE_S = 0.25


class View(Protocol):
    """Where a pulse is shown."""

    def show(self, pulse: Pulse) -> None:
        """Shows how things stand; called at most four times a second."""


class CellView:
    """One output of a notebook's cell, replaced each time: papermill keeps only the last."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, pulse: Pulse) -> None:
        """As HTML, and as a line of text where a front end shows no HTML."""
        from IPython.display import display

        if self._handle is None:
            self._handle = display(pulse.section(), display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(pulse.section())


class TextView:
    """A line each time that the sentence changes: stages, connects, drops; numbers make none."""

    def __init__(self, stream: Any = None) -> None:
        self._stream, self._last = stream or sys.stdout, ""

    def show(self, pulse: Pulse) -> None:
        """One line, or none."""
        if pulse.sentence != self._last:
            self._last = pulse.sentence
            print(f"{pulse.percent:3d} % {self._last}", file=self._stream, flush=True)


class EventTail:
    """What was appended to an event file since the last look; a line is read once it is whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._read, self._rest = path, 0, b""

    def new(self) -> Iterator[Event]:
        """The new events; a line that is none is left out, no file is no event."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            return
        self._read += len(text)
        *lines, self._rest = (self._rest + text).split(b"\n")
        for line in lines:
            try:
                yield Event.from_line(line.decode("utf-8", errors="replace"))
            except ValueError:
                continue


def watch(settings: Settings, *, out: Path | None = None, view: View | None = None) -> Session:
    """Runs a session and shows it as it goes: clients, PINGs, predictions, stalls, drops.

    out:  a new or empty folder (default: as ``run_session``).
    view: where it is shown; default: the cell in a notebook, lines of text elsewhere.

    Interrupted (Ctrl-C, the notebook's stop button) it ends what it started, keeps the folder,
    which can be judged as it is, says so, and lets KeyboardInterrupt go on its way. Raises as
    ``run_session``.
    """
    folder = out or new_folder(settings)
    shown = view or (CellView() if displays.in_a_notebook() else TextView())
    observer = _Observer(folder, shown)
    try:
        return run_session(settings, out=folder, progress=observer.tell)
    except KeyboardInterrupt:
        observer.tell(observer.pulse.percent / 100, f"stopped, kept in {folder}")
        raise


class _Observer:
    """Reads what happened and shows it, when ``run_session`` tells of its progress."""

    def __init__(self, folder: Path, view: View) -> None:
        self.pulse = Pulse()
        self._tail, self._view, self._clock = EventTail(folder / EVENTS_FILE), view, Clock()
        self._shown_ns, self._stage = 0, ""

    def tell(self, share: float, words: str) -> None:
        now = self._clock.now_ns()
        if words == self._stage and now - self._shown_ns < UPDATE_S * 1e9:
            return
        self._shown_ns, self._stage = now, words
        for event in self._tail.new():
            self.pulse.see(event)
        self.pulse.progress(share, words)
        self._view.show(self.pulse)

"""Reads what a server writes to its terminal, from outside: the words of those who end it.

CPython's crash report, gunicorn's master and Werkzeug's reloader write there, and nowhere else.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stacks import short
from granite_ws.events import Kind

PERIOD_S = 0.05
# The logger that each line is kept under, and how it begins; what stands before it is a stamp.
_TELLING = (
    ("gunicorn.error", "CRITICAL", re.compile(r"\[CRITICAL\] (WORKER TIMEOUT \(pid:\d+\))")),
    ("gunicorn.error", "ERROR", re.compile(r"\[ERROR\] (Worker \(pid:\d+\) .*)")),
    ("gunicorn.error", "INFO", re.compile(r"\[INFO\] (Handling signal: \w+)")),
    ("gunicorn.error", "INFO", re.compile(r"\[INFO\] (Booting worker with pid: \d+)")),
    ("werkzeug", "INFO", re.compile(r"(\* Detected change in '.*', reloading)")),
    ("faulthandler", "CRITICAL", re.compile(r"^(Fatal Python error: .*)")),
)
_CURRENT = re.compile(r"^Current thread 0x")
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$')
_MOST_FRAMES = 14
# A line that is longer holds a payload, and nothing of the above (bytes).
_LONGEST = 4_000


class OutputReader:
    """Text in, facts of SERVER_LOG events out. Pure; a crash report is one fact with frames."""

    def __init__(self) -> None:
        self._rest = b""
        self._crash: dict[str, Any] | None = None
        self._in_current = False

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The facts that are whole with this data."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._line(line[:_LONGEST].decode(errors="replace").rstrip("\r"))

    def rest(self) -> Iterator[dict[str, Any]]:
        """A crash report whose end is the file's end."""
        crash, self._crash, self._in_current = self._crash, None, False
        if crash is not None:
            yield crash

    def _line(self, line: str) -> Iterator[dict[str, Any]]:
        if self._crash is not None and self._belongs(line):
            return
        if self._in_current:
            yield from self.rest()
        for logger, level, pattern in _TELLING:
            if found := pattern.search(line):
                yield from self.rest()
                fact = {"logger": logger, "level": level, "line": found[1], "exception": ""}
                if logger == "faulthandler":
                    self._crash = {**fact, "frames": []}
                else:
                    yield fact

    def _belongs(self, line: str) -> bool:
        """Whether this line carries the report on; keeps the frames of the crashed thread."""
        if _CURRENT.match(line):
            self._in_current = True
            return True
        frame = _FRAME.match(line)
        if frame is None:
            return not self._in_current
        if self._in_current and self._crash is not None:
            frames = self._crash["frames"]
            frames.append(f"{short(frame[1])}:{frame[2]} {frame[3]}")
            del frames[_MOST_FRAMES:]
        return True


class OutputWatch:
    """A thread of the runner that records SERVER_LOG for every telling line, as it is written."""

    def __init__(self, path: Path, recorder: Recorder) -> None:
        self._path, self._recorder = path, recorder
        self._reader = OutputReader()
        self._offset = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="output watch", daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Reads what is there, and returns when all of it is recorded."""
        self._over.set()
        self._thread.join()
        self._look()
        self._record(self._reader.rest())

    def _run(self) -> None:
        while not self._over.wait(PERIOD_S):
            if not self._look():
                self._record(self._reader.rest())

    def _look(self) -> bool:
        """Whether there was anything new."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return False
        self._offset += len(data)
        self._record(self._reader.feed(data))
        return bool(data)

    def _record(self, facts: Iterator[dict[str, Any]]) -> None:
        for fact in facts:
            self._recorder.record(Kind.SERVER_LOG, **fact)

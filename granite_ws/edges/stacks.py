"""What every thread was doing while the server stood still.

While only the loop is blocked, or a PONG is overdue although nothing stands still, the OS-thread
heartbeat reads ``sys._current_frames``. While the interpreter lock is held no Python code can run:
then the runner's ``onlooker`` reads the stacks from outside, and this heartbeat is what tells it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any

from granite_ws.edges.beat import BeatFile, beat_file
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.stalls import StallMonitor
from granite_ws.events import Kind

# A stall of this length is looked into (seconds).
OPEN_AFTER_S = 0.5
# A forecast takes 0.1 to 5 s; one that takes longer than this is looked into, once (seconds).
LONG_FORECAST_S = 3.0
DEEPEST = 24  # frames of one thread that are kept, the innermost
MOST = 40  # threads of one look that are kept


class StackWatch:
    """Told of every beat by the OS-thread heartbeat; writes STACK events, one per occasion.

    overdue: sids whose PONG is overdue right now.
    further: other reasons to look, each with the sids that give it right now.
    """

    def __init__(
        self,
        recorder: Recorder,
        overdue: Callable[[], Iterable[str]],
        further: Mapping[str, Callable[[], Iterable[str]]] | None = None,
    ) -> None:
        self._recorder = recorder
        self._late = {"a PONG is overdue": overdue, **(further or {})}
        self._told: dict[str, set[str]] = {why: set() for why in self._late}
        self._loop: StallMonitor | None = None
        self._loop_told_ns = 0
        self._open_forecast: Callable[[], tuple[int, str] | None] = lambda: None
        self._forecast_told_ns = 0
        path = recorder.path
        self._seen_outside = None if path is None else BeatFile(beat_file(path))

    def watch_loop(self, loop: StallMonitor) -> None:
        """Looks into the stalls of this heartbeat, too."""
        self._loop = loop

    def watch_feed(self, open_forecast: Callable[[], tuple[int, str] | None]) -> None:
        """Looks into a forecast that takes long: since when it is open (ns), in which thread."""
        self._open_forecast = open_forecast

    def beat(self) -> None:
        """Shows the beat to the onlooker, and looks where something is late."""
        if self._seen_outside is not None:
            self._seen_outside.beat(self._recorder.clock.now_ns())
        self._look_into_loop()
        self._look_into_overdue()
        self._look_into_feed()

    def _look_into_loop(self) -> None:
        loop = self._loop
        if loop is None or not loop.beaten_ns or loop.beaten_ns == self._loop_told_ns:
            return
        if (self._recorder.clock.now_ns() - loop.beaten_ns) / 1e9 > OPEN_AFTER_S:
            self._loop_told_ns = loop.beaten_ns
            self._recorder.record(Kind.STACK, why="the loop stood still", threads=all_stacks())

    def _look_into_overdue(self) -> None:
        for why, find in self._late.items():
            late = set(find())
            for sid in late - self._told[why]:
                self._recorder.record(Kind.STACK, sid=sid, why=why, threads=all_stacks())
            self._told[why] = late

    def _look_into_feed(self) -> None:
        begun_ns, thread = self._open_forecast() or (0, "")
        if not begun_ns or begun_ns == self._forecast_told_ns:
            return
        if (self._recorder.clock.now_ns() - begun_ns) / 1e9 > LONG_FORECAST_S:
            self._forecast_told_ns = begun_ns
            self._recorder.record(
                Kind.STACK, why="a forecast takes long", thread=thread, threads=all_stacks()
            )


def all_stacks() -> list[dict[str, Any]]:
    """Every thread's frames, innermost first, without the calling thread's."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    own = threading.get_ident()
    return [
        {"thread": names.get(ident, f"{ident:#x}"), "frames": frames_of(frame)}
        for ident, frame in sys._current_frames().items()
        if ident != own
    ][:MOST]


def frames_of(frame: FrameType | None) -> list[str]:
    """``file:line function`` of a frame and its callers, innermost first."""
    frames: list[str] = []
    while frame is not None and len(frames) < DEEPEST:
        code = frame.f_code
        frames.append(f"{short(code.co_filename)}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return frames


def short(path: str) -> str:
    """The end of a path that still tells the module: ``engineio/socket.py``."""
    return "/".join(path.replace("\\", "/").rsplit("/", 2)[-2:])

"""A session watched as it runs."""

from __future__ import annotations

import _thread
import io
from pathlib import Path

import pytest

from granite_ws import judge
from granite_ws.edges.store import EVENTS_FILE, read_session
from granite_ws.events import Kind
from granite_ws.live import EventTail, TextView, watch
from granite_ws.report.pulse import Pulse
from granite_ws.settings import Settings
from tests.conftest import QUICK, alive
from tests.log_builder import connected

SHORT = Settings(**{**QUICK, "engine": "smoothing", "duration_s": 2})


class Seen:
    """A view that remembers; it may interrupt as the notebook's stop button does."""

    def __init__(self, *, stop_at_ping: bool = False) -> None:
        self.stages: list[str] = []
        self.times = self.pings = 0
        self.stop_at_ping = stop_at_ping

    def show(self, pulse: Pulse) -> None:
        self.times += 1
        self.pings = pulse.pings
        if pulse.stage not in self.stages:
            self.stages.append(pulse.stage)
        if self.stop_at_ping and pulse.pings:
            self.stop_at_ping = False
            _thread.interrupt_main()


def test_it_shows_a_session_and_returns_it(tmp_path: Path) -> None:
    """Each stage, PINGs as they come, at most four updates a second; then the session."""
    seen = Seen()
    session = watch(SHORT, out=tmp_path / "s", view=seen)
    assert "held" == judge(session).outcome
    assert ["watching", "recorded"] == seen.stages[-2:]
    assert seen.pings >= 1
    assert seen.times <= 2 * 4 + len(seen.stages) + 1


def test_interrupted_it_ends_its_children_and_keeps_the_folder(tmp_path: Path) -> None:
    """The interrupt goes on its way; no process is left, and what was recorded can be read."""
    seen = Seen(stop_at_ping=True)
    with pytest.raises(KeyboardInterrupt):
        watch(Settings(**{**SHORT.to_dict(), "duration_s": 60}), out=tmp_path / "s", view=seen)
    kept = read_session(tmp_path / "s")
    started = kept.log.of(Kind.PROCESS_STARTED)
    assert started
    assert [] == [event for event in started if alive(event.data["pid"])]
    assert f"stopped, kept in {tmp_path / 's'}" == seen.stages[-1]


def test_text_is_a_line_for_each_change() -> None:
    """Numbers that change all the time make none: no flood."""
    sink, pulse = io.StringIO(), Pulse()
    view = TextView(sink)
    for percent in range(100):
        pulse.progress(percent / 100, "watching")
        view.show(pulse)
    pulse.see(connected(1))
    view.show(pulse)
    assert [
        "  0 % watching: 0 clients connected, 0 drops",
        " 99 % watching: 1 client connected, 0 drops",
    ] == sink.getvalue().splitlines()


def test_a_tail_reads_whole_lines_once(tmp_path: Path) -> None:
    """Half a line waits for its other half; a line that is no event is left out."""
    path, line = tmp_path / EVENTS_FILE, connected(1).to_line().encode() + b"\n"
    tail = EventTail(path)
    assert [] == list(tail.new())
    path.write_bytes(line + b"no event\n" + line[:20])
    assert 1 == len(list(tail.new()))
    with path.open("ab") as file:
        file.write(line[20:])
    assert [connected(1)] == list(tail.new())
    assert [] == list(tail.new())

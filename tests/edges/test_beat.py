"""The heartbeat in shared memory."""

from __future__ import annotations

import os
from pathlib import Path

from granite_ws.edges.beat import BeatFile, beat_file, read_beat


def test_a_beat_is_read_back_with_its_process(tmp_path: Path) -> None:
    """Who beat, and when last."""
    path = beat_file(tmp_path / "events.jsonl")
    beats = BeatFile(path)
    assert read_beat(path) is None
    beats.beat(123)
    beats.beat(456)
    assert read_beat(path) == (os.getpid(), 456)


def test_a_successor_takes_over(tmp_path: Path) -> None:
    """A restarted server beats in the same file."""
    path = beat_file(tmp_path / "events.jsonl")
    BeatFile(path).beat(1)
    BeatFile(path).beat(2)
    assert read_beat(path) == (os.getpid(), 2)


def test_no_file_and_a_foreign_file_are_no_beat(tmp_path: Path) -> None:
    """Nothing is made up."""
    path = tmp_path / "server.beat"
    assert read_beat(path) is None
    path.write_text("hello")
    assert read_beat(path) is None

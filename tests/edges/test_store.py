"""The session folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from granite_ws import Settings
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.store import (
    create_session,
    read_events,
    read_session,
    write_text,
)
from granite_ws.errors import OutputError, SessionError
from granite_ws.events import Kind, Witness


def test_a_new_session_can_be_read_before_anything_happened(tmp_path: Path) -> None:
    """Settings and provenance come back; the log is empty."""
    made = create_session(tmp_path / "s", Settings(seed=5), {"command": "x"})
    again = read_session(tmp_path / "s")
    assert (made.settings, {"command": "x"}, 0) == (
        again.settings,
        again.provenance,
        len(again.log),
    )
    assert "s" == again.name


def test_a_used_folder_is_refused(tmp_path: Path) -> None:
    """Nobody's files are mixed with a session's."""
    (tmp_path / "mine").touch()
    with pytest.raises(OutputError, match="new or empty folder"):
        create_session(tmp_path, Settings(), {})


def test_a_folder_below_a_file_is_one_clear_error(tmp_path: Path) -> None:
    """What cannot be created is refused with the system's reason."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can be written"):
        create_session(tmp_path / "file/s", Settings(), {})
    with pytest.raises(OutputError, match="can be written"):
        write_text(tmp_path / "file/page.html", "x")


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "[]",
        "{}",
        json.dumps({"settings": {"ping_interval": 0}, "provenance": {}}),
        json.dumps({"settings": {"no": 1}, "provenance": {}}),
        json.dumps({"settings": [], "provenance": {}}),
        json.dumps({"settings": {}, "provenance": None}),
        "[" * 100_000,
    ],
)
def test_a_broken_session_is_one_clear_line(tmp_path: Path, content: str | None) -> None:
    """Missing, cut, empty or impossible: the error names the folder."""
    if content is not None:
        (tmp_path / "session.json").write_text(content)
    with pytest.raises(SessionError) as caught:
        read_session(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_text_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails half-way leaves the old file, and nothing beside it."""
    path = tmp_path / "page.html"
    write_text(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_text(path, "new")
    assert ("old", ["page.html"]) == (path.read_text(), [p.name for p in tmp_path.iterdir()])


def test_a_name_that_is_not_utf8_comes_back(tmp_path: Path) -> None:
    """The lone surrogates of an odd file name survive the session's file."""
    create_session(tmp_path / "s", Settings(), {"command": "--data \udcff.csv"})
    assert "--data \udcff.csv" == read_session(tmp_path / "s").provenance["command"]


def test_a_cut_last_line_is_counted(tmp_path: Path) -> None:
    """A kill in the middle of a write costs one line, and the count says so."""
    path = tmp_path / "events.jsonl"
    pen = Recorder(Witness.SERVER, path)
    for iteration in (1, 2):
        pen.record(Kind.EMIT_DONE, iteration=iteration)
    path.write_bytes(path.read_bytes()[:-5])
    log = read_events(path)
    assert ([1], 1) == ([event.data["iteration"] for event in log], log.skipped)


def test_bytes_that_are_no_text_do_not_stop_the_reader(tmp_path: Path) -> None:
    """A damaged line is counted, not fatal."""
    (tmp_path / "events.jsonl").write_bytes(b"\xff\xfe\x00\n")
    log = read_events(tmp_path / "events.jsonl")
    assert (0, 1) == (len(log), log.skipped)


def test_an_absent_event_file_is_an_empty_log(tmp_path: Path) -> None:
    """A session that died before its first event can be read."""
    assert 0 == len(read_events(tmp_path / "events.jsonl"))

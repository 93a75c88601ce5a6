"""The session folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from granite_ws import Settings
from granite_ws.edges.store import (
    create_session,
    read_events,
    read_session,
    write_text,
)
from granite_ws.errors import OutputError, SessionError


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


def test_a_text_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A write that fails half-way leaves the old file, and nothing beside it."""
    path = tmp_path / "page.html"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert ("old", ["page.html"]) == (path.read_text(), [p.name for p in tmp_path.iterdir()])


def test_bytes_that_are_no_text_do_not_stop_the_reader(tmp_path: Path) -> None:
    """A damaged line is counted, not fatal."""
    (tmp_path / "events.jsonl").write_bytes(b"\xff\xfe\x00\n")
    log = read_events(tmp_path / "events.jsonl")
    assert (0, 1) == (len(log), log.skipped)


def test_an_absent_event_file_is_an_empty_log(tmp_path: Path) -> None:
    """A session that died before its first event can be read."""
    assert 0 == len(read_events(tmp_path / "events.jsonl"))

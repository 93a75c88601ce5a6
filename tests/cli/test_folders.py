"""Where sessions and sweeps lie below a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from granite_ws.cli.folders import look_through, settings_in
from granite_ws.errors import SessionError
from tests.cli.folders_on_disk import write_cell, write_session
from tests.report.many_records import record
from tests.report.session_builder import held


def test_sessions_and_cells_are_told_apart(tmp_path: Path) -> None:
    """A cell's own session is not counted twice; hidden folders are nobody's business."""
    write_session(tmp_path / "sessions/b", held()[0])
    write_session(tmp_path / "sessions/a", held()[0])
    write_session(tmp_path / "sessions/.hidden", held()[0])
    for number in (2, 1):
        cell = write_cell(tmp_path / "sweeps/s", record(number, x=number))
        write_session(cell / "session", held()[0])
    found = look_through(tmp_path, where="here")
    assert ["a", "b"] == [path.name for path in found.sessions]
    assert [("s", 1), ("s", 2)] == [(sweep.name, one.number) for sweep, one in found.records]
    assert [] == found.unreadable


def test_remains_and_broken_records_are_unreadable(tmp_path: Path) -> None:
    """Events without a session.json, a record that is none: listed with the reason."""
    (tmp_path / "half").mkdir()
    (tmp_path / "half/events.jsonl").write_text("")
    write_cell(tmp_path / "sweep", record(1, x=1))
    (tmp_path / "sweep/cells/broken").mkdir()
    (tmp_path / "sweep/cells/broken/record.json").write_text("{}")
    found = look_through(tmp_path, where="here")
    assert ["half", "broken"] == [path.name for path, _ in found.unreadable]
    assert "no session.json" == found.unreadable[0][1]
    assert "not a cell record" in found.unreadable[1][1]
    assert 1 == len(found.records)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With the name of the command that asked."""
    with pytest.raises(SessionError, match=r"here: folder = .*absent"):
        look_through(tmp_path / "absent", where="here")


def test_settings_are_read_as_they_stand(tmp_path: Path) -> None:
    """All of them; a folder without any gives nothing."""
    folder = write_session(tmp_path / "s", held()[0], ping_timeout=7)
    assert 7 == settings_in(folder)["ping_timeout"]
    (folder / "session.json").write_text('{"settings": 3}')
    assert ({}, {}) == (settings_in(folder), settings_in(tmp_path))

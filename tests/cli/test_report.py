"""``granite-ws report`` on a recorded session."""

from __future__ import annotations

from pathlib import Path

from granite_ws import Session
from tests.cli.test_init import granite_ws


def test_a_recorded_session_becomes_a_page(held: Session, tmp_path: Path) -> None:
    """Only the folder is read; the page says the verdict and lies where it was asked for."""
    page = tmp_path / "deep/page.html"
    ended = granite_ws("report", str(held.folder), "--out", str(page))
    assert ended.returncode == 0
    assert "The connection held" in ended.stdout
    assert "The connection held" in page.read_text()


def test_the_same_session_gives_the_same_bytes(held: Session, tmp_path: Path) -> None:
    """Two processes render a session to identical bytes."""
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for page in pages:
        granite_ws("report", str(held.folder), "--out", str(page))
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_folder_that_is_no_session_is_one_clear_error(tmp_path: Path) -> None:
    """An empty folder names what is missing; nothing is written."""
    ended = granite_ws("report", str(tmp_path), "--out", str(tmp_path / "page.html"))
    assert ended.returncode == 2
    assert "session.json" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_parameters_are_for_notebooks(held: Session) -> None:
    """-p beside a recorded session is refused, not ignored."""
    ended = granite_ws("report", str(held.folder), "-p", "seed", "1")
    assert ended.returncode == 2
    assert "-p is for notebooks" in ended.stderr

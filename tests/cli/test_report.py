"""``granite-ws report`` on a recorded session."""

from __future__ import annotations

from pathlib import Path

import nbformat

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


def test_a_page_speaks_portuguese(held: Session, tmp_path: Path) -> None:
    """--lang for this page; the terminal stays English, the bytes the same each time."""
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for page in pages:
        ended = granite_ws("report", str(held.folder), "--lang", "pt-BR", "--out", str(page))
        assert "The connection held" in ended.stdout
    assert '<html lang="pt-BR">' in pages[0].read_text()
    assert "Métrica" in pages[0].read_text()
    assert "The connection held" not in pages[0].read_text()
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_notebook_and_its_kernel_speak_it_too(tmp_path: Path) -> None:
    """Text cells by the catalogue, what cells show by the kernel, the names of folded code."""
    kernel = {"name": "python3", "display_name": "Python 3"}
    book = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    shown = "from granite_ws.report.language import current\ncurrent()"
    book.cells = [
        nbformat.v4.new_markdown_cell("## What happened, and when?"),
        nbformat.v4.new_code_cell(shown, metadata={"tags": ["verdict"]}),
    ]
    nbformat.write(book, str(tmp_path / "small.ipynb"))
    page = tmp_path / "page.html"
    ended = granite_ws(
        "report", str(tmp_path / "small.ipynb"), "--lang", "pt-BR", "--out", str(page)
    )
    assert (0, "'pt-BR'") == (ended.returncode, ended.stdout.splitlines()[0])
    html = page.read_text()
    assert ('lang="pt-BR"' in html, "What happened" in html) == (True, False)
    assert "<summary>código</summary>" in html


def test_a_language_that_nobody_speaks_here_is_one_clear_error(
    held: Session, tmp_path: Path
) -> None:
    """The option, the value, the choices; nothing is written."""
    ended = granite_ws("report", str(held.folder), "--lang", "xx", "--out", str(tmp_path / "p"))
    assert 2 == ended.returncode
    assert "lang = 'xx': must be one of en, pt-BR" in ended.stderr
    assert [] == list(tmp_path.iterdir())


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

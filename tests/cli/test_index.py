"""``granite-ws index`` over sessions and sweeps on disk."""

from __future__ import annotations

from pathlib import Path

from tests.cli.folders_on_disk import write_cell, write_session
from tests.cli.test_init import granite_ws
from tests.report.many_records import record
from tests.report.session_builder import dropped, held


def test_all_runs_are_on_one_page(tmp_path: Path) -> None:
    """Sessions and cells, each with a link that leads somewhere; a broken one with its reason."""
    write_session(tmp_path / "sessions/good one", held()[0])
    write_session(tmp_path / "sessions/bad", dropped()[0], ping_timeout=3)
    (tmp_path / "sessions/broken").mkdir()
    (tmp_path / "sessions/broken/session.json").write_text("{")
    write_cell(tmp_path / "sweeps/pt", record(1, drops=1.0, ping_timeout=5))
    ended = granite_ws("index", str(tmp_path))
    assert 0 == ended.returncode, ended.stderr
    assert "3 runs, 1 folders that could not be read" in ended.stdout
    page = (tmp_path / "index.html").read_text()
    for link in ("sessions/good%20one", "sessions/bad", "sweeps/pt/cells/000000000001/page.html"):
        assert f'href="{link}"' in page
    assert ">ping_timeout</th>" in page
    assert [1, 2] == [page.count(f">{w}</span></td>") for w in ("held", "dropped")]
    assert f"<dt>{tmp_path}/sessions/broken</dt>" in page


def test_events_that_cannot_be_judged_do_not_stop_it(tmp_path: Path) -> None:
    """A session whose events lack what their kind must have is listed; the others are shown."""
    write_session(tmp_path / "good", held()[0])
    folder = write_session(tmp_path / "odd", held()[0])
    line = '{"v":1,"at_ns":1,"utc":"","witness":"server","kind":"stall","data":{}}\n'
    (folder / "events.jsonl").write_text(line)
    ended = granite_ws("index", str(tmp_path), "--out", str(tmp_path / "x.html"))
    assert (0, "1 runs, 1 folders") == (ended.returncode, ended.stdout[:17]), ended.stderr
    assert "events that cannot be judged" in (tmp_path / "x.html").read_text()


def test_it_speaks_portuguese_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    """--lang changes the page; an absent folder is one line and exit code 2, and no page."""
    write_session(tmp_path / "a", held()[0])
    out = tmp_path / "i.html"
    assert 0 == granite_ws("index", str(tmp_path), "--lang", "pt-BR", "--out", str(out)).returncode
    assert 'lang="pt-BR"' in out.read_text()
    ended = granite_ws("index", str(tmp_path / "absent"))
    assert (2, 1) == (ended.returncode, len(ended.stderr.strip().splitlines()))
    assert "absent" in ended.stderr

"""``granite-ws patterns`` on sessions that lie on disk."""

from __future__ import annotations

import json
from pathlib import Path

from granite_ws.events import EventLog
from tests import log_builder as draw
from tests.cli.test_init import granite_ws


def write(folder: Path, log: EventLog) -> Path:
    folder.mkdir()
    lines = (event.to_line() + "\n" for event in log)
    (folder / "events.jsonl").write_text("".join(lines))
    return folder


def proxied(folder: Path, number: int) -> Path:
    """A session whose connection is cut 2.5 s after it began."""
    cut = draw.log(draw.connected(number), draw.lost(number + 2.5), draw.forecast(1, number))
    return write(folder / f"s{number}", cut)


def test_a_constant_age_is_found_in_folders_and_files(tmp_path: Path) -> None:
    """Six sessions cut at 2.5 s: one "yes" with its value, in JSON; a file serves as a folder."""
    given = [proxied(tmp_path, number) for number in range(1, 7)]
    ended = granite_ws("patterns", "--json", *map(str, given[1:]), str(given[0] / "events.jsonl"))
    assert 0 == ended.returncode, ended.stderr
    answer = json.loads(ended.stdout)
    assert (6, 6) == (answer["sessions"], answer["drops"])
    found = {p["question"]: p for p in answer["patterns"]}
    age = found["At a constant connection age?"]
    assert ("yes", 2.5, "s", 6) == (age["answer"], age["value"], age["unit"], age["count"])
    assert "not enough data" == found["At a particular hour?"]["answer"]


def test_the_table_says_what_is_missing(tmp_path: Path) -> None:
    """One session is a table of "not enough data" that names how many drops are needed."""
    ended = granite_ws("patterns", str(proxied(tmp_path, 1)))
    assert 0 == ended.returncode
    assert "1 drops in 1 sessions" in ended.stdout
    assert "5 are the least" in " ".join(ended.stdout.split())


def test_what_is_no_session_is_one_line(tmp_path: Path) -> None:
    """A missing path, a folder without events, a text file and one session twice: exit code 2."""
    session = proxied(tmp_path, 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.txt").write_text("no events\n")
    for given, words in (
        ([tmp_path / "absent"], "a session folder"),
        ([tmp_path / "empty"], "a session folder"),
        ([tmp_path / "words.txt"], "holds events"),
        ([session, session / "events.jsonl"], "each session once"),
    ):
        ended = granite_ws("patterns", *map(str, given))
        assert 2 == ended.returncode
        assert words in ended.stderr
        assert 1 == len(ended.stderr.splitlines())

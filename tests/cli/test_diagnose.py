"""``granite-ws diagnose``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from granite_ws.events import Kind, Witness
from granite_ws.session import Session
from tests.log_builder import connected, event, log, lost

LOGS = Path(__file__).parents[1] / "fixtures/logs"


def diagnose(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "granite_ws", "diagnose", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_session_folder_is_judged(held: Session) -> None:
    """A folder that held: exit code 0, and its sentence."""
    ended = diagnose(held.folder)
    assert ended.returncode == 0, ended.stderr
    assert "The connection held" in ended.stdout


def test_an_event_file_alone_is_judged(held: Session) -> None:
    """The recording without its folder says the same."""
    [verdict] = json.loads(diagnose(held.folder / "events.jsonl", "--json").stdout)
    assert verdict["outcome"] == "held"


def test_plain_logs_belong_together_and_name_what_is_missing() -> None:
    """A server's log beside a Node console: the NaN is named, a missing monitor asked for."""
    ended = diagnose(LOGS / "server-stamped.log", LOGS / "node-stamped.log")
    assert "nonfinite_json" in ended.stdout
    assert "Missing: no stall monitor" in ended.stdout


def test_drops_without_a_cause_exit_with_3_and_are_an_error_in_junit(tmp_path: Path) -> None:
    """Unknown is an answer of its own, for people and for machines."""
    events = tmp_path / "events.jsonl"
    events.write_text("".join(e.to_line() + "\n" for e in log(connected(1), lost(5))))
    ended = diagnose(events, "--junit", tmp_path / "out" / "junit.xml")
    assert ended.returncode == 3
    assert 'errors="1"' in (tmp_path / "out" / "junit.xml").read_text()


@pytest.mark.parametrize("name", ["absent", "empty.jsonl", "odd.jsonl", "binary.log", "chat.txt"])
def test_what_cannot_be_read_is_one_line_and_exit_code_2(tmp_path: Path, name: str) -> None:
    """The path, what was allowed, where; no traceback."""
    (tmp_path / "empty.jsonl").touch()
    # An event without what its kind must have, as a foreign or edited file may hold it.
    odd = event(1, Kind.CONNECTED, sid="A", witness=Witness.PROBE)
    (tmp_path / "odd.jsonl").write_text(odd.to_line() + "\n")
    (tmp_path / "binary.log").write_bytes(b"\x00\x01\x02")
    (tmp_path / "chat.txt").write_text("hello\nhow are you\n")
    ended = diagnose(tmp_path / name)
    assert ended.returncode == 2
    assert ended.stderr.startswith("granite-ws: error: ")
    assert name in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1

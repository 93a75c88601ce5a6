"""``granite-ws run``: one session, its verdict on stdout, its exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from granite_ws import judge, read_session
from granite_ws.diagnosis.verdict import Outcome
from granite_ws.edges.store import read_events
from granite_ws.events import Kind
from tests.cli.test_init import granite_ws
from tests.conftest import alive
from tests.test_run import wait_for

FAST = (
    "--hub-timeout-s", "0", "--data", "sensor", "--engine", "smoothing", "--duration-s", "2",
    "--ping-interval", "1", "--point-interval-s", "0.5",
)  # fmt: skip


def test_json_is_on_stdout_and_saved(tmp_path: Path) -> None:
    """--json prints the verdict, alone on stdout; verdict.json holds the same; exit code 0."""
    ended = granite_ws("run", *FAST, "--json", "--out", str(tmp_path / "s"))
    printed = json.loads(ended.stdout)
    assert (0, "held") == (ended.returncode, printed["outcome"])
    assert printed == json.loads((tmp_path / "s/verdict.json").read_text())
    assert [answer["step"] for answer in printed["checklist"]] == [1, 2, 3, 3, 4, 4, 5, 5]


def test_the_terminal_shows_verdict_checklist_and_metrics(tmp_path: Path) -> None:
    """Without --json a person reads the summary, both tables and the next command."""
    ended = granite_ws("run", *FAST, "--out", str(tmp_path / "s"))
    for words in ("The connection held", "Checklist", "Expected metrics", "granite-ws report"):
        assert words in ended.stdout


def test_ctrl_c_ends_everything_and_keeps_the_recording(tmp_path: Path) -> None:
    """Exit code 130, no process left behind, and a folder that can still be judged."""
    folder = tmp_path / "s"
    command = [sys.executable, "-m", "granite_ws", "run", *FAST, "--out", str(folder)]
    runner = subprocess.Popen([*command, "--duration-s", "60"], stderr=subprocess.PIPE, text=True)
    wait_for(folder / "events.jsonl", lambda event: event.kind is Kind.PONG_RECEIVED)
    runner.send_signal(signal.SIGINT)
    _, told = runner.communicate(timeout=60)
    assert 130 == runner.returncode
    assert told.strip().splitlines()[-1] == "granite-ws: error: stopped"
    pids = [e.data["pid"] for e in read_events(folder / "events.jsonl").of(Kind.PROCESS_STARTED)]
    assert [2, []] == [len(pids), [pid for pid in pids if alive(pid)]]
    assert judge(read_session(folder)).outcome is Outcome.HELD

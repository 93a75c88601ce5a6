"""The command line as a whole: help, version, and bad input of every kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (
    "doctor", "serve", "run", "diagnose", "faults", "inject", "law", "exam", "prove", "proofs",
    "advise", "isolate", "report", "rerun", "compare", "index", "patterns", "sweep",
)  # fmt: skip


def granite_ws(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "granite_ws", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
    )


def test_help_teaches() -> None:
    """--help names every command, the first steps and the exit codes."""
    shown = granite_ws("--help").stdout
    for words in (*COMMANDS, "Start here", "Exit codes", "130"):
        assert words in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """COMMAND --help ends with 0 and says what it does."""
    shown = granite_ws(command, "--help")
    assert shown.returncode == 0
    assert f"Usage: granite-ws {command}" in shown.stdout.replace(
        "python -m granite_ws", "granite-ws"
    )


def test_help_needs_no_heavy_import() -> None:
    """The help is shown without torch, pandas or matplotlib."""
    code = (
        "import sys\n"
        "from granite_ws.cli import granite_ws\n"
        "granite_ws.main(['--help'], standalone_mode=False)\n"
        "print([n for n in ('torch', 'pandas', 'matplotlib', 'flask') if n in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("run", "--ping-interval", "1.9"),
            ("ping_interval = 1.9", "whole number", "command line"),
        ),
        (("run", "--ping-timeout", "soon"), ("ping_timeout = 'soon'", "a number from")),
        (("run", "--context-length", "700"), ("context_length = 700", "512, 1024, 1536")),
        (("run", "--forecast-horizon", "721"), ("forecast_horizon = 721", "1 to 720")),
        (("run", "--data", "nothing"), ("nothing", "co2")),
        (("run", "--data", "no/such.csv"), ("no/such.csv",)),
        (("run", "--model-path", "no/such"), ("model_path = 'no/such'", "config.json")),
        (("run", "--async-mode", "magic"), ("async_mode = 'magic'", "threading")),
        (("report", "no/such/folder.ipynb"), ("no/such/folder.ipynb", "notebook")),
        (("report", "-p", "ping_timout", "3"), ("ping_timout = 3", "did you mean ping_timeout")),
        (("report", "-p", "ping_timeout", "x"), ("ping_timeout = 'x'", "01-reproduce.ipynb")),
        (("run", "--no-such-option"), ("No such option",)),
        (("dance",), ("No such command",)),
    ],
)
def test_bad_input_is_one_clear_error(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Each bad input: exit code 2, the key, the value and what is allowed; no traceback."""
    ended = granite_ws(*arguments)
    assert ended.returncode == 2
    for word in words:
        assert word in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("timestamp,value\n2024-01-01,1\n", "32"),
        ("a,b\nx,y\n" * 40, "timestamp"),
    ],
)
def test_a_bad_csv_is_one_clear_error(tmp_path: Path, content: str, words: str) -> None:
    """A CSV that is empty, too short or without timestamps names the file and the fault."""
    path = tmp_path / "mine.csv"
    path.write_text(content)
    ended = granite_ws("run", "--data", str(path), "--out", str(tmp_path / "s"))
    assert ended.returncode == 2
    assert "mine.csv" in ended.stderr
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("command", ["run", "report"])
def test_an_output_that_cannot_be_written_is_one_clear_error(tmp_path: Path, command: str) -> None:
    """An output below a file is refused before a session is run."""
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file/below"
    ended = granite_ws(command, "--out", str(out / "x.html" if command == "report" else out))
    assert ended.returncode == 2
    assert f"out = '{out}'" in ended.stderr
    assert "Traceback" not in ended.stderr

"""``granite-ws sweep`` as people call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from granite_ws.cli.sweep import _given
from granite_ws.edges import forking
from granite_ws.edges.shelf import Shelf
from granite_ws.errors import SettingsError
from granite_ws.matrix.record import Status
from granite_ws.sweep import plan_sweep
from tests.cli.test_init import granite_ws
from tests.test_sweep import write_sweep

ROOT = Path(__file__).parents[2]
LIMIT_S = 120


@pytest.fixture(autouse=True)
def _fresh_kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warming up pays for real sessions, not for cells that print a number."""
    if "smoke" not in request.node.name:
        monkeypatch.setenv(forking.VARIABLE, "fresh")


def test_the_smoke_sweep_runs_holds_and_tells(tmp_path: Path) -> None:
    """Real sessions, thresholds, JSON, JUnit, a page for each cell and one over all."""
    out = tmp_path / "out"
    ended = granite_ws(
        "sweep", str(ROOT / "sweeps/smoke.yaml"), "--out", str(out), "--json",
        "--junit", str(tmp_path / "smoke.xml"),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert {"done"} == {cell["status"] for cell in told["cells"]}
    assert {"holds"} == {one["truth"] for one in told["thresholds"]}
    suite = ElementTree.parse(tmp_path / "smoke.xml").getroot()
    assert suite.get("failures") == suite.get("errors") == "0"
    for cell in told["cells"]:
        assert (out / "cells" / cell["key"] / cell["files"]["page"]).is_file()
        assert (out / "cells" / cell["key"] / cell["files"]["session"] / "session.json").is_file()
    assert "<table" in (out / "index.html").read_text()


def test_a_dry_run_lists_the_cells_and_leaves_nothing(tmp_path: Path) -> None:
    """Keys and what would be done; no folder."""
    file = write_sweep(tmp_path, "pass")
    ended = granite_ws("sweep", str(file), "--out", str(tmp_path / "out"), "--dry-run")
    assert ended.returncode == 0
    assert "3 of 3 cells to run" in ended.stdout
    assert not (tmp_path / "out").exists()


def test_a_broken_threshold_is_99(tmp_path: Path) -> None:
    """What no cell measured is unknown, and does not hide what is broken."""
    source = (
        "from IPython.display import display\n"
        "from granite_ws.matrix.record import SESSION_MIME\n"
        "told = {'outcome': 'held', 'summary': 's', 'causes': [], 'exit_code': 0,\n"
        "        'metrics': {'drops': seed, 'stall_p99_ms': None}}\n"
        "display({SESSION_MIME: told}, raw=True)"
    )
    text = "thresholds: [drops < 3, stall_p99_ms < 5, drops <= 3]\n"
    file = write_sweep(tmp_path, source, text=text)
    ended = granite_ws("sweep", str(file), "--out", str(tmp_path / "out"))
    assert ended.returncode == 99, ended.stderr
    told = ended.stdout.splitlines()
    assert told[:3] == [
        "drops < 3: broken by 1 of 3 cells: seed=3 has 3",
        "stall_p99_ms < 5: unknown, 0 of 3 cells tell",
        "drops <= 3: holds in 3 cells",
    ]


def test_parameters_come_from_the_command_line_and_from_files(tmp_path: Path) -> None:
    """-p wins over -f, both over the file; a name in the matrix is no longer varied."""
    file = write_sweep(tmp_path, "pass")
    (tmp_path / "given.yaml").write_text("seed: 8\n")
    ended = granite_ws(
        "sweep", str(file), "-f", str(tmp_path / "given.yaml"), "-p", "seed", "9", "--json",
        "--out", str(tmp_path / "out"),
    )  # fmt: skip
    told = json.loads(ended.stdout)
    assert [9] == [cell["parameters"]["seed"] for cell in told["cells"]]


def test_bad_input_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    """A parameter that is no setting, a file that is not there: exit code 2."""
    out = tmp_path / "out"
    bad = tmp_path / "bad.yaml"
    bad.write_text("matrix: {ping_timeot: [1]}\n")
    for file, words in (
        (bad, "did you mean ping_timeout"),
        (tmp_path / "no.yaml", "No such file"),
    ):
        ended = granite_ws("sweep", str(file), "--out", str(out))
        assert ended.returncode == 2, ended.stderr
        assert words in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("text", ["[", "a: b: c", "!!bool maybe", "\x01", "[a]", "!!int ''"])
def test_a_value_that_is_none_is_bad_input(tmp_path: Path, text: str) -> None:
    """On the command line as in a file of parameters: SettingsError, whatever YAML says."""
    file = tmp_path / "given.yaml"
    for content in (f"fault: {text}\n", "1: 2\n"):
        file.write_text(content)
        with pytest.raises(SettingsError):
            plan_sweep(ROOT / "sweeps/smoke.yaml", _given((), [file]))
    with pytest.raises(SettingsError, match="command line: fault = "):
        plan_sweep(ROOT / "sweeps/smoke.yaml", _given([("fault", text)], ()))


def test_ctrl_c_ends_everything_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """SIGINT in the middle: 130, cells that ran are kept as stopped, no process is left; then the
    same command completes the sweep.
    """
    mark = tmp_path / "quick"
    source = (
        "import os, pathlib, time\n"
        f"open({str(tmp_path)!r} + f'/pid-{{os.getpid()}}', 'w').close()\n"
        f"time.sleep(0 if pathlib.Path({str(mark)!r}).exists() else 60)"
    )
    file = write_sweep(tmp_path, source)
    command = [sys.executable, "-m", "granite_ws", "sweep", str(file), "--out",
               str(tmp_path / "out")]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as sweep:
        deadline = time.monotonic() + LIMIT_S
        while not list(tmp_path.glob("pid-*")):
            assert sweep.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(sweep.pid, signal.SIGINT)
        _, told = sweep.communicate(timeout=60)
    assert sweep.returncode == 130, told
    assert "goes on from here" in told
    pids = [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    kept = Shelf(str(tmp_path / "out")).records()
    assert {Status.STOPPED} == {record.status for record in kept}
    mark.touch()
    ended = granite_ws("sweep", str(file), "--out", str(tmp_path / "out"))
    assert ended.returncode == 0, ended.stderr
    assert {Status.DONE} == {r.status for r in Shelf(str(tmp_path / "out")).records()}

"""One cell: run to whatever end, everything kept, its end told."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from granite_ws.edges.cell_run import run_cell
from granite_ws.edges.shelf import Shelf
from granite_ws.edges.store import read_session
from granite_ws.matrix.record import SESSION_MIME, Status
from granite_ws.report.language import VARIABLE
from tests.edges.notebooks import notebook, task

ROOT = Path(__file__).parents[2]
SESSION = {
    "data": "sunspots",
    "engine": "smoothing",
    "duration_s": 2,
    "ping_interval": 1,
    "ping_timeout": 2,
    "point_interval_s": 0.2,
}


def test_a_session_is_kept_with_its_notebook_its_page_and_its_record(tmp_path: Path) -> None:
    """The first notebook as a cell: DONE, judged, measured; the files are where it says."""
    asked = task(tmp_path, parameters=SESSION)
    text = (ROOT / "notebooks/01-reproduce.ipynb").read_text()
    record = run_cell(type(asked)(asked.cell, text, asked.shelf), where="lane 0")
    assert (Status.DONE, "held", 0, 0) == (
        record.status,
        record.outcome,
        record.exit_code,
        record.drops,
    )
    assert "The connection held" in record.summary
    assert 2 <= record.session_s <= 3
    assert record.wall_s > record.session_s
    assert record.metrics["forecasts"]
    assert record.where == "lane 0"
    place = tmp_path / "cells" / record.key
    assert "The connection held" in (place / record.files["page"]).read_text()
    assert read_session(place / record.files["session"]).settings.duration_s == 2
    assert Shelf(str(tmp_path)).records() == (record,)


@pytest.mark.parametrize(
    ("source", "limits", "status", "why"),
    [
        ("1 / 0", {}, Status.FAILED, "ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", {}, Status.DIED, "left by itself with exit code 3"),
        (
            "import os; os.kill(os.getpid(), 9)",
            {},
            Status.DIED,
            "ended from outside (SIGKILL)",
        ),
        (
            "import os; os.kill(os.getpid(), 11)",
            {},
            Status.DIED,
            "crashed in native code (SIGSEGV)",
        ),
        (
            "x = bytearray(500_000_000)\nimport time; time.sleep(60)",
            {"memory_mb": 300},
            Status.DIED,
            "out of memory",
        ),
        (
            "import time; time.sleep(60)",
            {"cell_s": 1},
            Status.TIMED_OUT,
            "limits.cell_s = 1 s",
        ),
        (
            "import time; time.sleep(60)",
            {"notebook_s": 2},
            Status.TIMED_OUT,
            "limits.notebook_s = 2 s",
        ),
    ],
)
def test_every_bad_end_has_its_name_and_keeps_what_there_was(
    tmp_path: Path, source: str, limits: dict[str, float], status: Status, why: str
) -> None:
    """A cell that raises, a kernel that dies, time and memory that run out."""
    record = run_cell(task(tmp_path, "print('so far')", source, **limits))
    assert record.status is status
    assert why in record.why
    place = tmp_path / "cells" / record.key
    assert "so far" in (place / "notebook.ipynb").read_text()
    assert "so far" in (place / "page.html").read_text()
    assert list((tmp_path / "cells").glob(".*")) == []


def test_an_odd_notebook_fails_its_cell_and_not_the_sweep(tmp_path: Path) -> None:
    """No kernel is named, numbers are none, a folder has braces: a record all the same."""
    told = f"display({{{SESSION_MIME!r}: {{'metrics': {{'drops': float('nan')}}}}}}, raw=True)"
    record = run_cell(task(tmp_path / "{braces}", "from IPython.display import display", told))
    assert (Status.DONE, {"drops": None}) == (record.status, record.metrics)
    assert (tmp_path / "{braces}/cells" / record.key / "page.html").is_file()
    asked = task(tmp_path, "pass")
    nameless = asked.notebook.replace('"name": "python3"', '"name": ""')
    record = run_cell(type(asked)(asked.cell, nameless, asked.shelf))
    assert record.status is Status.FAILED
    assert record.why


def test_a_stopped_cell_says_so(tmp_path: Path) -> None:
    """Ctrl-C interrupts the kernel; the record says STOPPED."""
    record = run_cell(task(tmp_path, "import time; time.sleep(60)"), is_stopped=lambda: True)
    assert (Status.STOPPED, "stopped with Ctrl-C") == (record.status, record.why)


def test_a_kernel_that_dies_takes_its_session_with_it(tmp_path: Path) -> None:
    """Server and client of a session whose kernel is killed do not outlive the cell."""
    source = (
        "import os, threading\n"
        "from granite_ws import Settings, run_session\n"
        "threading.Timer(3, lambda: os.kill(os.getpid(), 9)).start()\n"
        f"run_session(Settings(**{SESSION | {'duration_s': 60}!r}))"
    )
    record = run_cell(task(tmp_path, source))
    assert record.status is Status.DIED
    marked = str(tmp_path)
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if marked in str(p.info["cmdline"])]
    assert left == []


def test_the_kernel_speaks_the_language_and_stays_on_its_cores(tmp_path: Path) -> None:
    """What is asked for reaches the kernel: language, cores."""
    source = f"import os\nprint(os.environ['{VARIABLE}'], sorted(os.sched_getaffinity(0)))"
    asked = task(tmp_path, source)
    asked = type(asked)(asked.cell, notebook(source), asked.shelf, language="pt-BR")
    record = run_cell(asked, cpus=[0])
    said = (tmp_path / "cells" / record.key / "notebook.ipynb").read_text()
    assert "pt-BR [0]" in said

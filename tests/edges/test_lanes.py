"""Lanes: of this machine, and of a real Dask cluster on loopback whose worker is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from granite_ws.edges.host import usable_cores
from granite_ws.edges.lanes import Lanes, LostCell
from granite_ws.edges.shelf import Shelf
from granite_ws.errors import SettingsError
from granite_ws.matrix.record import Status
from tests.edges.notebooks import task

LIMIT_S = 90
CORES = "import os\nprint('cores', sorted(os.sched_getaffinity(0)))"


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """A real scheduler and real workers, each under its nanny; the address, the nannies' ids."""
    file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    loopback = ("--host", "127.0.0.1", "--no-dashboard")
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_scheduler", *loopback, "--port", "0",
             "--scheduler-file", str(file)],
            **quiet,
        )
    ]  # fmt: skip
    try:
        deadline = time.monotonic() + LIMIT_S
        while not file.exists() or not file.read_text().endswith("}"):
            assert time.monotonic() < deadline, "no scheduler"
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        started += [
            subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_worker", address, *loopback,
                 "--nthreads", "1", "--local-directory", str(folder)],
                **quiet,
            )
            for _ in range(workers)
        ]  # fmt: skip
        yield address, [process.pid for process in started[1:]]
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def test_cells_run_side_by_side_each_on_cores_of_its_own(tmp_path: Path) -> None:
    """Every cell is DONE once; two lanes share no core."""
    tasks = [task(tmp_path, CORES, number=n) for n in range(1, 5)]
    with Lanes(cells=4) as lanes:
        assert lanes.count == min(len(usable_cores()), 4)
        records = list(lanes.run(tasks))
    assert [Status.DONE] * 4 == [record.status for record in records]
    assert {1, 2, 3, 4} == {record.number for record in Shelf(str(tmp_path)).records()}
    used = {}
    for record in records:
        said = (tmp_path / "cells" / record.key / "notebook.ipynb").read_text()
        used[record.where] = said[said.index("cores [") :].split("]")[0]
    assert len(set(used.values())) == len(used)


def test_more_lanes_than_cores_must_be_asked_for() -> None:
    """What a session measures must not be its neighbour."""
    cores = len(usable_cores())
    with pytest.raises(SettingsError, match=rf"at most {cores}, .* --share-cores"):
        Lanes(at_once=cores + 1, cells=100)
    Lanes(at_once=cores + 1, share_cores=True, cells=100)


def test_a_scheduler_that_is_not_there_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Address, what was expected, and the reason."""
    monkeypatch.setattr("granite_ws.edges.lanes._CONNECT_S", 2)
    with (
        pytest.raises(SettingsError, match=r"scheduler = 'tcp://127.0.0.1:9'"),
        Lanes(scheduler="tcp://127.0.0.1:9", cells=1),
    ):
        pass


def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A worker is killed with SIGKILL in the middle of its cell: all six cells are there, once,
    and nothing that it had started is left.
    """
    begun = tmp_path / "begun"
    begun.mkdir()
    source = (
        "import os, time\n"
        f"open({str(begun)!r} + f'/{{seed}}-{{os.getpid()}}', 'w').close()\n"
        "time.sleep(1)"
    )
    shelf = tmp_path / "out"
    tasks = [task(shelf, source, number=n) for n in range(1, 7)]
    with cluster(tmp_path, 2) as (address, nannies), Lanes(scheduler=address, cells=6) as lanes:
        results = lanes.run(tasks)
        records = [next(results)]
        victim = _worker_with_a_kernel(nannies, begun)
        os.kill(victim, signal.SIGKILL)
        records += results
        assert not any(isinstance(one, LostCell) for one in records)
        running = [_alive(path.name) for path in begun.iterdir()]
        assert not any(running)
    kept = Shelf(str(shelf)).records()
    assert [1, 2, 3, 4, 5, 6] == [record.number for record in kept]
    assert {Status.DONE} == {record.status for record in kept}
    assert 6 == len(list((shelf / "cells").glob("[!.]*")))


def _worker_with_a_kernel(nannies: list[int], begun: Path) -> int:
    """A worker's process while one of its cells runs."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        for nanny in nannies:
            for worker in psutil.Process(nanny).children():
                family = {p.pid for p in worker.children(recursive=True)}
                if any(int(path.name.split("-")[1]) in family for path in begun.iterdir()):
                    return worker.pid
        time.sleep(0.02)
    raise AssertionError("no worker ran a cell")


def _alive(name: str) -> bool:
    pid = int(name.split("-")[1])
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return psutil.pid_exists(pid)


def test_two_sweeps_at_once_do_not_meet_at_a_port(recwarn: pytest.WarningsRecorder) -> None:
    """Dask would take port 8787 for each, and warn on the terminal."""
    with Lanes(cells=1) as one, Lanes(cells=1) as other:
        assert 1 == one.count == other.count
    assert [] == [str(w.message) for w in recwarn if "Port" in str(w.message)]

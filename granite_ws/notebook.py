"""What a notebook needs beside the front door: its settings, a bar, the machine, a sweep."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

from granite_ws import displays
from granite_ws.errors import SessionFailed
from granite_ws.reproduce import command_for
from granite_ws.run import Progress
from granite_ws.settings import RULES, Settings

if TYPE_CHECKING:
    from granite_ws.report.section import Section
    from granite_ws.sweep import Result


def settings_from(names: Mapping[str, Any]) -> Settings:
    """The settings among a notebook's global names, as papermill leaves them (``globals()``).

    Raises SettingsError for a value that is not allowed.
    """
    displays.register_if_running()
    given = {key: value for key, value in names.items() if key in RULES}
    return Settings.from_mapping(given, where="notebook parameters")


def bar() -> Progress:
    """A progress bar in the cell, or in the terminal that runs the notebook."""
    # One process: tqdm's own lock is also one between processes, which a killed kernel leaves
    # behind as a semaphore of the system.
    tqdm.set_lock(threading.RLock())
    shown = tqdm(total=100, bar_format="{desc} {bar} {percentage:3.0f} %")

    def tell(share: float, words: str) -> None:
        shown.set_description(words, refresh=False)
        shown.update(round(share * 100) - shown.n)
        if share >= 1.0 and words == "recorded":
            shown.close()

    return tell


def ready(settings: Settings) -> list[dict[str, str]]:
    """What ``granite-ws doctor`` says of this machine for these settings, a row for each check.

    Raises SessionFailed where it says nothing.
    """
    options = shlex.split(command_for(settings))[2:]
    asked = [sys.executable, "-m", "granite_ws", "doctor", "--json", *options]
    # 1 is an answer: a session could not run.
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    try:
        return [
            {"what": c["name"], "state": c["state"], "why": c["words"]}
            for c in _list(ended.stdout)
        ]
    except ValueError as error:
        raise SessionFailed(f"granite-ws doctor failed: {ended.stderr.strip()}") from error


def _list(text: str) -> Sequence[Mapping[str, str]]:
    found: Sequence[Mapping[str, str]] = json.loads(text)
    return found


def sweep_result(results: Path, *, otherwise: Path, progress: Progress) -> Result:
    """What lies in a sweep's results folder; where nothing does, ``otherwise`` is run into it.

    Records of another version or of other settings than the file's count as well: the folder is
    read as it is. Raises as ``plan_sweep`` and ``run_sweep``.
    """
    from granite_ws import sweep
    from granite_ws.edges.shelf import Shelf
    from granite_ws.matrix.thresholds import judge

    shelf = Shelf(str(results))
    if not shelf.records():
        plan, ended = sweep.plan_sweep(otherwise), []

        def tell(record: Any) -> None:
            ended.append(record)
            progress(len(ended) / len(plan.cells), record.label)

        progress(0.0, f"running {plan.name}")
        sweep.run_sweep(plan, shelf, sweep.How(), tell=tell)
        progress(1.0, "recorded")
    plan, records = sweep.plan_sweep(results / sweep.FILE), shelf.records()
    return sweep.Result(plan, records, judge(plan.sweep.thresholds, records))


def sweep_map(result: Result) -> Section:
    """The phase map over the sweep's axes, else over the first two settings that it varies or
    names.
    """
    from granite_ws.report.phasemap import phase_map

    axes, known = result.plan.sweep.axes, result.plan.defaults
    if axes is not None:
        return phase_map(result.records, axes.x, axes.y, axes.metric, defaults=known)
    cell = result.plan.cells[0]
    x, y = [*cell.varied, *(name for name in cell.parameters if name not in cell.varied)][:2]
    return phase_map(result.records, x, y, defaults=known)
